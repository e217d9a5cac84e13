/** What was given for each flag of a program, read one by one. */
import { settingError } from '../errors.ts';
import { type Flags, nameOfFlag } from './flag.ts';
import type { Given } from './given.ts';

export class GivenSettings<Name extends string> {
  readonly #flags: Flags<Name>;
  readonly #given: ReadonlyMap<Name, readonly Given[]>;

  constructor(flags: Flags<Name>, given: ReadonlyMap<Name, readonly Given[]>) {
    this.#flags = flags;
    this.#given = given;
  }

  /** Empty: nothing. More than one only where the flag is repeatable. */
  all(name: Name): readonly Given[] {
    return this.#given.get(name)!;
  }

  optional<T>(name: Name, read: (given: Given) => T): T | undefined {
    const [given] = this.all(name);
    return given === undefined ? undefined : read(given);
  }

  /** Throws a StartError where nothing was given. */
  required<T>(name: Name, read: (given: Given) => T): T {
    return read(this.requiredAll(name)[0]!);
  }

  /** One or more. Throws a StartError where nothing was given. */
  requiredAll(name: Name): readonly Given[] {
    const given = this.all(name);
    if (given.length > 0) return given;
    const flag = this.#flags[name];
    throw settingError(nameOfFlag(flag), `not given, and ${flag.variable} is not set; it is required`);
  }
}
