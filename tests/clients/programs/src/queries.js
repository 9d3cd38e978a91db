import { gql } from "@apollo/client";

export const list = gql`query List { companies(first: 1) { nodes { npi name } } }`;
