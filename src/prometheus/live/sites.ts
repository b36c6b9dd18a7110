import { badInput } from "../../usage/errors.js";
import { didYouMean } from "../../usage/nearest-name.js";
import type { SiteProjects } from "../../usage/site-projects.js";

/** The sites of Ada. */
export const ADA_SITES: SiteProjects = { clf: "CDAaaS", isis: "IDAaaS", diamond: "DDAaaS" };

/** Sites and projects, looked up both ways. A project is of one site only, or its hosts would count twice. */
export class SiteTable {
  readonly sites: readonly string[];
  readonly #projects = new Map<string, readonly string[]>();
  readonly #sites = new Map<string, string>();

  /** `bad-input` for a site or project without a name, a site without projects, a project of two sites. */
  constructor(mapping: SiteProjects) {
    for (const [site, given] of Object.entries(mapping)) {
      const projects = typeof given === "string" ? [given] : given;
      if (site === "" || projects.length === 0 || projects.includes("")) {
        throw badInput(`the site ${JSON.stringify(site)} needs a name and a project`);
      }
      for (const project of projects) {
        const other = this.#sites.get(project);
        if (other !== undefined && other !== site) {
          const sites = `${JSON.stringify(other)} and of ${JSON.stringify(site)}`;
          throw badInput(`the project ${project} is of ${sites}; it can be of one site`);
        }
        this.#sites.set(project, site);
      }
      this.#projects.set(site, projects);
    }
    this.sites = [...this.#projects.keys()];
  }

  /** The projects of these sites, each once. `bad-input` for a site that is not in the table. */
  projectsOf(sites: readonly string[]): string[] {
    return [...new Set(sites.flatMap((site) => this.#projects.get(site) ?? this.#unknown(site)))];
  }

  siteOf(project: string): string | undefined {
    return this.#sites.get(project);
  }

  #unknown(site: string): never {
    const known = this.sites.length === 0 ? "none is known" : `known are ${this.sites.join(", ")}`;
    throw badInput(`there is no site ${JSON.stringify(site)}; ${known}${didYouMean(site, this.sites)}`);
  }
}
