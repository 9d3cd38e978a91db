const headers = JSON.parse(process.env.HEADERS);
const url = "http://127.0.0.1:8000/graphql?query=%7B__typename%7D";
const answers = [];
for (const [name, value] of Object.entries(headers)) answers.push(await fetch(url, { headers: { [name]: value } }));
answers.push(await fetch(url, { headers }));
console.log(JSON.stringify(await Promise.all(answers.map((answer) => answer.json()))));
