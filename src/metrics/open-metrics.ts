/**
 * The same metrics in OpenMetrics. prom-client's own switch renames the counters of a registry for good, and
 * writes integer bucket bounds in a form that OpenMetrics parsers refuse.
 */
export function toOpenMetrics(text: string): string {
  return `${text
    .replace(/^(# (?:HELP|TYPE) \S+)_total /gm, (line, family) => (isGauge(text, line) ? line : `${family} `))
    .replace(/(?<=[{,]le=")(\d+)(?=")/g, '$1.0')
    .replace(/^\n/gm, '')}# EOF\n`
}

/** Some gauges of prom-client end in `_total`. Only the families of counters lose it in OpenMetrics. */
function isGauge(text: string, line: string): boolean {
  const name = line.split(' ')[2]
  return text.includes(`\n# TYPE ${name} gauge\n`)
}
