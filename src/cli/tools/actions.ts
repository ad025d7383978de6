import type { FlagValues } from '../flags.ts';
import { UsageError } from '../usage.ts';

/**
 * The one action that a command line asks for.
 * @throws UsageError when it asks for none or for several.
 */
export function readAction<Action extends string>(flags: FlagValues, actions: readonly Action[]): Action {
  const given = actions.filter((action) => flags.isOn(action));
  const [action] = given;
  const all = actions.map((name) => `--${name}`).join(', ');
  if (action === undefined) throw new UsageError(`exactly one of ${all} is needed; got none`);
  if (given.length > 1)
    throw new UsageError(`exactly one of ${all} is needed; got ${given.map((name) => `--${name}`).join(' and ')}`);
  return action;
}

/**
 * Refuses flags that say nothing to an action.
 * @param belongs the actions that each such flag belongs to, by flag
 * @throws UsageError for the first flag that is given beside another action.
 */
export function refuseForeignFlags(
  flags: FlagValues,
  action: string,
  belongs: Readonly<Record<string, readonly string[]>>,
): void {
  for (const [name, actions] of Object.entries(belongs)) {
    if (!flags.isGiven(name) || actions.includes(action)) continue;
    const those = actions.map((each) => `--${each}`).join(' or ');
    throw new UsageError(`--${name} goes with ${those}, not with --${action}; leave it out`);
  }
}

/**
 * What names a pattern of Kafka's tools takes: a regular expression for the whole name, where commas separate alternatives.
 * @throws UsageError when JavaScript cannot read it.
 */
export function namePattern(flag: string, text: string): RegExp {
  const alternatives = text.trim().replaceAll(',', '|').replaceAll(/["' ]/g, '');
  try {
    return new RegExp(`^(?:${alternatives})$`);
  } catch (error) {
    throw new UsageError(
      `--${flag} must be a name or a regular expression that JavaScript reads as well; got ${JSON.stringify(text)}`,
      { cause: error },
    );
  }
}
