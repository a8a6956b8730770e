/* The options a daemon goes by. */

/** An option as it is in force in the daemon. */
export interface SettingInForce {
  name: string;
  /** Undefined: not set. */
  value: string | number | boolean | undefined;
  origin: string;
  /** The tier, the profile, the file or the variable that says it. */
  from: string;
  /** It was changed since the daemon began, and the daemon goes by the new value when it is started again. */
  waits: boolean;
}

export interface SettingsInForce {
  pid: number;
  settings: SettingInForce[];
  /** Why the user's file as it is now could not be read: what was in force stays. */
  problem: string | undefined;
}
