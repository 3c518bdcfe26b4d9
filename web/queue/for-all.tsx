/** A button that does the same to many jobs. */
import { useRef, useState } from 'preact/hooks'
import { RequestRefused } from '../api/request.ts'
import { announce } from '../ui/announce.ts'
import { Failure, type FailureFacts } from '../ui/failure.tsx'
import { count } from '../ui/format.ts'
import { TokenForm } from '../ui/token-form.tsx'

/** Requests at once. */
const AT_ONCE = 4

export interface ForAllProps {
  readonly label: string
  /** What the button asks first; null for none. */
  readonly question: string | null
  /** Ids of what to do it to, found when the button is pressed. */
  readonly find: () => Promise<readonly string[]>
  /** @returns why it was not done, or null */
  readonly run: (id: string) => Promise<FailureFacts | null>
  /** All were tried. */
  readonly done: () => void
}

export function ForAll({ label, question, find, run, done }: ForAllProps) {
  const [progress, setProgress] = useState<{ readonly at: number; readonly of: number } | null>(null)
  const [failure, setFailure] = useState<FailureFacts | Error | null>(null)
  const isRunning = useRef(false)
  const start = async () => {
    if (isRunning.current) return
    isRunning.current = true
    setFailure(null)
    try {
      const ids = await find()
      let at = 0
      setProgress({ at, of: ids.length })
      const left = [...ids]
      const work = async () => {
        for (let id = left.shift(); id !== undefined; id = left.shift()) {
          const failed = await run(id)
          if (failed) setFailure(failed)
          at += 1
          setProgress({ at, of: ids.length })
        }
      }
      await Promise.all(Array.from({ length: AT_ONCE }, work))
      announce(`${label}: ${count(at)} of ${count(ids.length)}`, true)
    } catch (error) {
      setFailure(error as Error)
    } finally {
      isRunning.current = false
      setProgress(null)
      done()
    }
  }
  if (failure instanceof RequestRefused && failure.code === 'UNAUTHORIZED')
    return <TokenForm given={() => void start()} />
  return (
    <>
      <button
        type="button"
        disabled={progress !== null}
        onClick={() => {
          if (question === null || confirm(question)) void start()
        }}
      >
        {progress === null ? label : `${count(progress.at)} of ${count(progress.of)} …`}
      </button>
      {failure && <Failure of={failure} />}
    </>
  )
}
