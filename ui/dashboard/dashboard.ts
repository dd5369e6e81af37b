// The dashboard. Without this script every link and form of it works with a
// load of the page.

import { listen, prepareFilter } from "../shared/keys";
import { preparePalette } from "../shared/palette";
import { whenNew } from "../shared/regions";
import { waitForFirst } from "../shared/watch";
import { watchLive } from "./live";
import { takeOver } from "./view";

whenNew.unshift(prepareFilter, watchLive); // before the charts are drawn
takeOver();
listen();
preparePalette();
waitForFirst();
