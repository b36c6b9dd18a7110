/** Who asks, as the host application knows it. */
export interface Viewer {
  /** The user's name, as labels and tenures have it. */
  readonly user: string;
  readonly groups?: readonly string[];
  /** Whether everybody's own data may be shown: an operator. */
  readonly seesEveryone?: boolean;
}

/** What the host application knows of a request beyond what is in it. */
export interface RequestContext {
  /** The address of whoever is connected; absent for a Unix socket. */
  readonly clientAddress?: string;
  readonly viewer?: Viewer;
}
