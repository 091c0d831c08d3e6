// How the API shows one bucket of a KPI.
#pragma once

#include "engine/base/json.h"
#include "engine/state/kpi_series.h"

namespace hookswitch {

Json kpi_row(const KpiQuery& query, const KpiBucket& bucket);

}  // namespace hookswitch
