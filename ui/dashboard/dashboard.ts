// The dashboard. Without this script every link and form of it works with a
// load of the page.

import { listen, prepareFilter } from "./keys";
import { waitForFirst } from "../shared/watch";
import { watchLive } from "./live";
import { preparePalette } from "./palette";
import { takeOver, whenNew } from "./regions";

whenNew.unshift(prepareFilter, watchLive); // before the charts are drawn
takeOver();
listen();
preparePalette();
waitForFirst();
