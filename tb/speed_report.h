/* SPDX-License-Identifier: Apache-2.0
 *
 * The report of a speed bench: date, tools (the file that TEQ_TOOLS_JSON names), rows.
 */
#ifndef TB_SPEED_REPORT_H
#define TB_SPEED_REPORT_H

#include <cjson/cJSON.h>
#include <stdbool.h>

/* A report without rows; *rows is its array. */
cJSON *speed_report(cJSON **rows);

/* Writes it to `path` and deletes it; false if it cannot be written. */
bool speed_report_write(cJSON *report, const char *path);

#endif
