"""Python's standard library: all runs of a campaign, page by page. Usage: runs.py URL CAMPAIGN"""

import json
import sys
import urllib.request

QUERY = """query ($campaign: [String!], $after: String) {
  runs(first: 50, after: $after, filter: {campaign: $campaign}) {
    nodes { runId source version resultCode }
    pageInfo { hasNextPage endCursor }
  }
}"""


def execute(url, query, variables):
    body = json.dumps({"query": query, "variables": variables}).encode()
    request = urllib.request.Request(url, body, {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=60) as response:
        answer = json.load(response)
    if answer.get("errors"):
        raise RuntimeError(answer["errors"][0]["message"])
    return answer["data"]


def runs_of(url, campaign):
    after = None
    while True:
        page = execute(url, QUERY, {"campaign": [campaign], "after": after})["runs"]
        yield from page["nodes"]
        if not page["pageInfo"]["hasNextPage"]:
            return
        after = page["pageInfo"]["endCursor"]


if __name__ == "__main__":
    for run in runs_of(sys.argv[1], sys.argv[2]):
        print(run["runId"], run["source"], run["version"], run["resultCode"], sep="\t")
