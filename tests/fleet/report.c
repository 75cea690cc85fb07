/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
/* What was measured, for people and for programs. */

#include "report.h"

#include <inttypes.h>

/* Of these the quiet ones are written too, so that a plot does not bridge them. */
#define MINUTES_DRAWN (12 * 60)

void
report_table_head(FILE *file)
{
    fprintf(file, "%-9s %-8s %-11s %8s %6s %9s %9s %10s %10s %7s\n", "scenario", "overload",
            "waits of", "hosts", "peak", "99% after", "shortest", "requests", "wasted", "second");
}

void
report_table_row(FILE *file, const struct plan *plan, const struct measures *measures)
{
    const double recovery = measures_recovery(measures, plan);
    char after[32] = "never";
    char multiple[32] = "-";

    if (recovery >= 0) {
        snprintf(after, sizeof(after), "%.1f min",
                 (double)(measures->time_99 - scenario_origin(plan->scenario)) / 60);
        snprintf(multiple, sizeof(multiple), "x %.2f", recovery);
    }
    fprintf(file,
            "%-9s %-8s %-11s %8" PRIu32 " %6.2f %9s %9s %10" PRIu64 " %10" PRIu64 " %7" PRIu64 "\n",
            plan->scenario->name, overload_name(plan->overload), policy_name(plan->policy),
            measures->hosts, measures_peak(measures, plan), after, multiple, measures->sent,
            measures_wasted(measures, plan), measures->second);
}

void
report_csv_head(FILE *file)
{
    fputs("scenario,overload,policy,hosts,capacity,retry_interval,retry_interval_max,peak,"
          "time_99,ideal_99,recovery,requests,answered,refused,unreachable,lost,wasted,"
          "certificates,done,mean_late\n",
          file);
}

void
report_csv_row(FILE *file, const struct plan *plan, const struct measures *measures)
{
    fprintf(file, "%s,%s,%s,%" PRIu32 ",%g,%d,%d,%.3f,%" PRId64 ",%" PRId64 ",%.3f,",
            plan->scenario->name, overload_name(plan->overload), policy_name(plan->policy),
            measures->hosts, plan->capacity, plan->config->retry_interval,
            plan->config->retry_interval_max, measures_peak(measures, plan), measures->time_99,
            measures->ideal_99, measures_recovery(measures, plan));
    fprintf(file,
            "%" PRIu64 ",%" PRIu64 ",%" PRIu64 ",%" PRIu64 ",%" PRIu64 ",%" PRIu64 ",%" PRIu64
            ",%" PRIu32 ",%.1f\n",
            measures->sent, measures->answered, measures->refused, measures->unreachable,
            measures->lost, measures_wasted(measures, plan), measures->certificates, measures->done,
            measures->late / (measures->done > 0 ? measures->done : 1));
}

void
report_series_head(FILE *file)
{
    fputs("scenario,overload,policy,minute,requests_per_second\n", file);
}

void
report_series(FILE *file, const struct plan *plan, const struct measures *measures)
{
    for (size_t i = 0; i < measures->minutes; i++) {
        if (i < MINUTES_DRAWN || measures->by_minute[i] > 0) {
            fprintf(file, "%s,%s,%s,%zu,%.3f\n", plan->scenario->name,
                    overload_name(plan->overload), policy_name(plan->policy), i,
                    measures->by_minute[i] / 60.0);
        }
    }
}
