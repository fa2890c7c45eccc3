#pragma once
// desk_routes - what the desk serves: its own screens and commands, the way in and out, and of the
// customer's page what only shows something.
//
// Ownership: rows are static. Failures: NULL. Threads: any.
#include "services/web/web_routes.h"

web_route_find_fn desk_routes_find;
