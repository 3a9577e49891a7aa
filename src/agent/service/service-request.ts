/** A service as it is asked for, and what it takes to have it. */
import type { ServiceScope } from './service-description.ts';

/** A program to run, with its arguments. */
export type ToolCommand = readonly [program: string, ...args: string[]];

/** For whom and what a service is planned. */
export interface ServiceRequest {
  readonly scope: ServiceScope;
  /** Absolute path of the agent's program, and its arguments. */
  readonly command: readonly string[];
  /** Exit code of an agent that finds another one of its user. */
  readonly alreadyRunningExitCode: number;
  /** Windows: absolute path of the program that runs a machine's agent as a Windows service. */
  readonly serviceHost: string | undefined;
  readonly user: {
    /** As the system names the user; on Windows `DOMAIN\name`. */
    readonly name: string;
    /** Undefined on Windows. */
    readonly id: number | undefined;
  };
  readonly directories: {
    readonly home: string;
    /** Where the agent's settings for the machine are, and the user's. */
    readonly machineSettings: string;
    readonly userSettings: string;
  };
}

/** The service on one system. */
export interface ServicePlan {
  /** What describes the service to its manager. None where that keeps the description itself. */
  readonly files: readonly { readonly path: string; readonly content: Buffer }[];
  /** Where a package of the system puts the first of them instead. */
  readonly packagedFile?: string;
  /** Directories that must be there before it starts. */
  readonly directories: readonly string[];
  /** After the files were written; in order. Where it was installed before, {@link uninstall} comes first. */
  readonly install: readonly ToolCommand[];
  /** Whether it has started then, or starts when a user signs in. */
  readonly startsAt: 'once' | 'sign_in';
  /** Before the files are removed. That the manager does not know the service any more is no failure. */
  readonly uninstall: readonly ToolCommand[];
  /** After they were removed. */
  readonly afterUninstall: readonly ToolCommand[];
  readonly start: ToolCommand;
  readonly stop: ToolCommand;
  /** Ends with 0 where the service manager has the service loaded or running. */
  readonly status: ToolCommand;
  /** Ends with 0 where the service starts by itself; undefined where an installed one always does. */
  readonly enabled?: ToolCommand;
}
