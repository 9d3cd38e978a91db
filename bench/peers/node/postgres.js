// The directory over node-postgres.
import pg from "pg";
import { directoryOver } from "./directory.js";

const pool = new pg.Pool({ connectionString: process.env.DATABASE_URL, max: Number(process.env.POOL_SIZE) });

export const directory = directoryOver(async (name, text, values) => (await pool.query({ name, text, values })).rows);
