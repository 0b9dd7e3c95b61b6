/* SPDX-License-Identifier: Apache-2.0 */
#include "speed_report.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static cJSON *tools(void) {
    const char *path = getenv("TEQ_TOOLS_JSON");
    static char text[8192];
    FILE *f = path ? fopen(path, "r") : NULL;
    if (!f) return cJSON_CreateObject();
    text[fread(text, 1, sizeof text - 1, f)] = '\0';
    fclose(f);
    cJSON *json = cJSON_Parse(text);
    return json ? json : cJSON_CreateObject();
}

cJSON *speed_report(cJSON **rows) {
    char date[32];
    const time_t now = time(NULL);
    strftime(date, sizeof date, "%Y-%m-%dT%H:%M:%SZ", gmtime(&now));
    cJSON *report = cJSON_CreateObject();
    *rows = cJSON_AddArrayToObject(report, "rows");
    cJSON_AddStringToObject(report, "date", date);
    cJSON_AddItemToObject(report, "tools", tools());
    return report;
}

bool speed_report_write(cJSON *report, const char *path) {
    char *text = cJSON_Print(report);
    FILE *file = fopen(path, "w");
    const bool good = text && file && fprintf(file, "%s\n", text) > 0;
    if (file) fclose(file);
    free(text);
    cJSON_Delete(report);
    return good;
}
