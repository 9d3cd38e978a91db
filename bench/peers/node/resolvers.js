// The root resolvers of every Node peer with a schema of its own, and what Apollo and Yoga load locations with.
import { readFileSync } from "node:fs";
import DataLoader from "dataloader";
import * as directory from "./directory.js";

export const typeDefs = readFileSync(new URL("../schema.graphql", import.meta.url), "utf8");

export const Query = {
  company: (_, { npi }) => directory.company(npi),
  companies: (_, { first, after }) => directory.companies(first, after),
  companiesByNpi: (_, { npis }) => directory.companiesByNpi(npis),
};

export const resolvers = {
  Query,
  Company: {
    locations: async (company, { first }, { locations }) => ({
      nodes: (await locations.load(company.npi)).slice(0, first),
    }),
  },
};

// What one request carries.
export function context() {
  return { locations: new DataLoader(directory.locationsOf) };
}
