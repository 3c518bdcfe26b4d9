/** Chooses the packages of both runs in which the two members of an address are looked up. */
import { PackageNotFoundError } from '../../errors.ts'
import type { Binary, FileAddress } from '../../model.ts'

/** Packages of both runs. */
export interface Sides<B extends Binary> {
  readonly old: readonly B[]
  readonly new: readonly B[]
}

export interface Choice<B extends Binary> extends Sides<B> {
  /**
   * The package that only one side has, whose counterpart may be among the chosen ones; null if one package of
   * each side is chosen.
   */
  readonly lone: B | null
}

/** See `RunPair.areFiles`. */
type FileNames = Pick<FileAddress, 'package' | 'oldPackage'> & { readonly areFiles: boolean }

/**
 * One package of each side, if both have it. If only one side has it, that one, and the packages of both sides
 * of which no other has the name: its counterpart under another name is among them.
 * @throws PackageNotFoundError
 */
export function choosePackages<B extends Binary>(all: Sides<B>, file: FileNames): Choice<B> {
  const { package: name, oldPackage } = file
  const [newer] = named(all.new, name)
  const olds = named(all.old, oldPackage ?? name)
  const [[onlyOld], [onlyNew]] = [all.old, all.new]
  if (file.areFiles && onlyOld && onlyNew && (olds.length > 0 || newer))
    return { old: [onlyOld], new: [onlyNew], lone: null }
  const old = olds.find(({ architecture }) => architecture === newer?.architecture) ?? olds[0]
  if (oldPackage !== null && !(old && newer)) throw new PackageNotFoundError(old ? name : oldPackage)
  if (old && newer) return { old: [old], new: [newer], lone: null }
  const lone = newer ?? old
  if (!lone) throw new PackageNotFoundError(name)
  return {
    old: withoutNamesake(all.old, all.new, lone),
    new: withoutNamesake(all.new, all.old, lone),
    lone,
  }
}

function named<B extends Binary>(packages: readonly B[], name: string): B[] {
  return packages.filter((one) => one.package === name || `${one.package}:${one.architecture}` === name)
}

function withoutNamesake<B extends Binary>(own: readonly B[], others: readonly B[], lone: B): B[] {
  const names = new Set(others.map((one) => one.package))
  return own.filter((one) => one === lone || !names.has(one.package))
}
