/** What GraphiQL shows first: it works on the sample runs. */
export const EXAMPLE_QUERY = `# Two builds of one source. Press the button (or Ctrl-Enter) to run it.
query Comparison {
  comparison(old: "teatime-unchanged", new: "teatime-lintian-fixes") {
    __typename
    ... on Comparison {
      old { version campaign }
      new { version campaign }
      binaryChanges {
        ... on BinaryChangeList {
          nodes { kind old { filename } new { filename } }
        }
        ... on Error { message }
      }
      debdiff(mode: WAIT, filterBoring: true) {
        ... on Debdiff {
          sections { title }
          text { content { text } }
        }
        ... on Error { message retryable }
      }
      diffoscope(mode: WAIT) {
        ... on Diffoscope {
          stat { nodes hunks added removed }
          html { url }
        }
        ... on Error { message retryable }
      }
    }
    ... on Error { message }
  }
}
`
