/** Which projects (values of the project label, `cloud_project_name`) each site has, by the site's name. */
export type SiteProjects = Readonly<Record<string, string | readonly string[]>>;
