/** Plain `fetch`: whether a change matters. Usage: node fetch.mjs URL OLD NEW */
const [url, old, newId] = process.argv.slice(2)

const query = `query ($old: ID!, $new: ID!) {
  comparison(old: $old, new: $new) {
    ... on Comparison {
      summary {
        ... on Summary { verdict findings(first: 3) { totalCount nodes { rule message } } }
        ... on Error { message }
      }
    }
    ... on Error { message }
  }
}`
const response = await fetch(url, {
  method: 'POST',
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify({ query, variables: { old, new: newId } }),
})
const { data, errors } = await response.json()
if (errors) throw new Error(errors[0].message)
const { summary = data.comparison } = data.comparison
console.log(summary.verdict ?? summary.message)
for (const { rule, message } of summary.findings?.nodes ?? []) console.log(`${rule}: ${message}`)
