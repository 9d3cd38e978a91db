// What the peers that tell of changes share: the schema, the edit of a company, and where Redis is.
import pg from "pg";

export const typeDefs = /* GraphQL */ `
  type Company { npi: String! name: String! website: String }
  type Change { kind: String! company: Company! }
  type Query { first: Company }
  type Mutation { updateCompany(npi: String!, website: String!): Company! }
  type Subscription { changes: Change! }
`;

// The topic that changes are published under.
export const CHANGES = "changes";
// A Unix socket; as many connections to PostgreSQL as the others have.
export const redisSocket = process.env.REDIS_SOCKET;
const pool = new pg.Pool({ connectionString: process.env.DATABASE_URL, max: Number(process.env.POOL_SIZE) });

const FIRST = "SELECT npi, name, website FROM companies ORDER BY npi LIMIT 1";
const EDIT = "UPDATE companies SET website = $2 WHERE npi = $1 RETURNING npi, name, website";

// The resolvers, given what publishes to a topic and what subscribes to it, each from a request's context. An event
// holds all that is asked for, so that no socket reads anything.
export const resolvers = (publish, subscribe) => ({
  Query: { first: async () => (await pool.query({ name: "first", text: FIRST })).rows[0] },
  Mutation: {
    updateCompany: async (_, { npi, website }, context) => {
      const { rows } = await pool.query({ name: "edit", text: EDIT, values: [npi, website] });
      await publish(context, { kind: "COMPANY_UPDATED", company: rows[0] });
      return rows[0];
    },
  },
  Subscription: { changes: { subscribe: (_, __, context) => subscribe(context), resolve: (change) => change } },
});
