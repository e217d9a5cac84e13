/** A flag of a program, with its variable: for the command line, its help and the reference documentation. */

export interface Flag {
  /** As commander writes it. */
  flag: string;
  variable: string;
  description: string;
  /** Given more than once; its variable is a comma-separated list. */
  repeatable?: true;
  /** As `--help` shows it. */
  default?: string;
}

/** By the flag's name in camel case, as commander calls it. */
export type Flags<Name extends string = string> = Readonly<Record<Name, Flag>>;

/** `--listen` */
export function nameOfFlag({ flag }: Flag): string {
  return flag.split(' ')[0]!;
}
