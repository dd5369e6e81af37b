// All values of a panel: the menu of the figure.

import { drawCharts } from "../shared/chart";

drawCharts();
