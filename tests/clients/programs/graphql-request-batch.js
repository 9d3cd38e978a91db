import { batchRequests } from "graphql-request";

const documents = ["{ dataset { companies { value } } }", "{ viewer { roles } }"].map((document) => ({ document }));
const answers = await batchRequests("http://127.0.0.1:8000/graphql", documents);
console.log(JSON.stringify(answers.map(({ data }) => data)));
