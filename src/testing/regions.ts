/** A region of the GB Carbon Intensity API, with how dirty the simulation makes it, in per cent of the nation. */
export interface Region {
  readonly regionid: number;
  readonly dnoregion: string;
  readonly shortname: string;
  readonly perCent: number;
}

/** The regions by the service's own numbers; 18 is there but undocumented. */
export const REGIONS: readonly Region[] = [
  region(1, "Scottish Hydro Electric Power Distribution", "North Scotland", 20),
  region(2, "SP Distribution", "South Scotland", 35),
  region(3, "Electricity North West", "North West England", 60),
  region(4, "NPG North East", "North East England", 45),
  region(5, "NPG Yorkshire", "Yorkshire", 125),
  region(6, "SP Manweb", "North Wales & Merseyside", 85),
  region(7, "WPD South Wales", "South Wales", 170),
  region(8, "WPD West Midlands", "West Midlands", 110),
  region(9, "WPD East Midlands", "East Midlands", 150),
  region(10, "UKPN East", "East England", 90),
  region(11, "WPD South West", "South West England", 130),
  region(12, "SSE South", "South England", 135),
  region(13, "UKPN London", "London", 115),
  region(14, "UKPN South East", "South East England", 95),
  region(15, "England", "England", 105),
  region(16, "Scotland", "Scotland", 30),
  region(17, "Wales", "Wales", 140),
  region(18, "GB", "GB", 100),
];

function region(regionid: number, dnoregion: string, shortname: string, perCent: number): Region {
  return { regionid, dnoregion, shortname, perCent };
}
