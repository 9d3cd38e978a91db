// The resolvers of every JavaScript peer with a schema of its own, over a directory.
import { readFileSync } from "node:fs";
import DataLoader from "dataloader";

export const typeDefs = readFileSync(new URL("../schema.graphql", import.meta.url), "utf8");

// Of the root, and of what takes a statement of its own.
export const rootResolvers = (directory) => ({
  Query: {
    company: (_, { npi }) => directory.company(npi),
    companies: (_, given) => directory.companies(given),
    companiesByNpi: (_, { npis }) => directory.companiesByNpi(npis),
    locations: (_, given) => directory.locationsNear(given),
  },
  CompanyConnection: { totalCount: (page) => page.count() },
});

// With what follows from a row, through the loaders in a request's context.
export const resolvers = (directory) => ({
  ...rootResolvers(directory),
  Company: {
    locations: async ({ npi }, { first }, { locations }) => directory.pageOfLocations(await locations.load(npi), first),
  },
  Location: { company: ({ npi }, _, { companies }) => companies.load(npi) },
});

// What one request carries.
export const context = (directory) => ({
  locations: new DataLoader(directory.locationsOf),
  companies: new DataLoader(directory.companiesByNpi),
});
