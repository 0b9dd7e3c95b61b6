/* SPDX-License-Identifier: Apache-2.0
 *
 * runtests -- run a list of test commands, report, and tell the truth by exit status.
 *
 *     runtests --list FILE --json FILE --logs DIR [--suite NAME] [--jobs N] [--seed N]
 *              [--timeout SECONDS] [--tools FILE] [--left-out "NAME NAME ..."]
 *
 * The list has one test a line: a name, a blank, a command for the shell. A command runs
 * in its own process group, reads nothing, and writes to DIR/NAME.log. Exit status 0 is a
 * pass, 77 is a skip, everything else (a signal, the timeout) is a failure.
 *
 * A program counts as one test unless it says how many cases it ran: by cmocka's summary,
 * or by a line of this program's own form, `N passed, N failed, N skipped`. Words do not
 * outvote the exit status: a program that exits 0 and says that a case failed is a
 * failure, one that exits otherwise has at least one failure, and one that says that it
 * ran nothing is a failure.
 *
 * The last line printed is `N passed, N failed, N skipped`. Exit status: 0 if something
 * passed and nothing failed, 1 if not, 2 if the arguments or the list are wrong.
 */
#include <cjson/cJSON.h>
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { EXIT_SKIP = 77, TAIL_LINES = 15, MAX_JOBS = 256, LINE_LEN = 4096, LINE_WIDTH = 100 };

struct counts {
    int passed, failed, skipped;
};

enum state { WAITING, RUNNING, DONE };

struct test {
    char *name;
    char *command;
    char *log;
    enum state state;
    pid_t pid;
    double start, seconds;
    bool timed_out;
    int wait_status;
    struct counts cases;
};

struct options {
    const char *list, *json, *logs, *suite, *tools, *left_out, *seed;
    int jobs, timeout;
};

static volatile sig_atomic_t interrupted;

static void on_signal(int number)
{
    interrupted = number;
}

__attribute__((format(printf, 1, 2), noreturn)) static void die(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    fprintf(stderr, "runtests: ");
    vfprintf(stderr, format, args);
    fprintf(stderr, "\n");
    va_end(args);
    exit(2);
}

static void *checked(void *p)
{
    if (!p)
        die("out of memory");
    return p;
}

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* --- the list ------------------------------------------------------------------------ */

static bool name_is_legal(const char *name)
{
    for (const char *p = name; *p; p++)
        if (!isalnum((unsigned char)*p) && !strchr("._+-", *p))
            return false;
    return *name && *name != '.' && *name != '-';
}

static size_t read_list(const struct options *opt, struct test **tests)
{
    FILE *file = fopen(opt->list, "r");
    if (!file)
        die("%s: %s", opt->list, strerror(errno));
    size_t n = 0, room = 0, line_room = 0;
    char *line = NULL;
    *tests = NULL;
    for (int number = 1; getline(&line, &line_room, file) >= 0; number++) {
        char *name = line + strspn(line, " \t\n");
        if (!*name || *name == '#')
            continue;
        char *command = name + strcspn(name, " \t\n");
        if (*command)
            *command++ = '\0';
        command += strspn(command, " \t\n");
        command[strcspn(command, "\n")] = '\0';
        if (!name_is_legal(name))
            die("%s:%d: test name \"%s\": expected letters, digits and . _ + - only", opt->list,
                number, name);
        if (!*command)
            die("%s:%d: test %s has no command (cmd.%s in the makefiles)", opt->list, number, name,
                name);
        for (size_t i = 0; i < n; i++)
            if (!strcmp((*tests)[i].name, name))
                die("%s:%d: test %s is listed twice", opt->list, number, name);
        if (n == room) {
            room = room ? 2 * room : 64;
            *tests = checked(realloc(*tests, room * sizeof **tests));
        }
        struct test *t = &(*tests)[n++];
        *t = (struct test){.name = checked(strdup(name)), .command = checked(strdup(command))};
        size_t log_len = strlen(opt->logs) + strlen(name) + sizeof "/.log";
        t->log = checked(malloc(log_len));
        snprintf(t->log, log_len, "%s/%s.log", opt->logs, name);
    }
    free(line);
    fclose(file);
    return n;
}

/* --- one test ------------------------------------------------------------------------ */

static void start(struct test *t)
{
    fflush(stdout);
    t->start = now();
    t->pid = fork();
    if (t->pid < 0)
        die("fork: %s", strerror(errno));
    if (t->pid == 0) {
        setpgid(0, 0);
        int in = open("/dev/null", O_RDONLY);
        int out = open(t->log, O_WRONLY | O_CREAT | O_TRUNC, 0666);
        if (in < 0 || out < 0 || dup2(in, 0) < 0 || dup2(out, 1) < 0 || dup2(out, 2) < 0)
            _exit(126);
        execl("/bin/sh", "sh", "-c", t->command, (char *)NULL);
        _exit(127);
    }
    setpgid(t->pid, t->pid); /* in both, so that neither has to wait for the other */
    t->state = RUNNING;
}

/* The number of cases that a log tells of; all zero if it tells nothing. */
static struct counts read_counts(const char *path, bool *ran_nothing)
{
    struct counts cmocka = {0}, own = {0}, none = {0};
    bool has_cmocka = false, has_own = false;
    *ran_nothing = false;
    FILE *file = fopen(path, "r");
    if (!file)
        return none;
    char line[LINE_LEN];
    while (fgets(line, sizeof line, file)) {
        int a, b, c = 0;
        if (sscanf(line, "[  PASSED  ] %d test(s)", &a) == 1) {
            cmocka.passed += a;
            has_cmocka = true;
        } else if (sscanf(line, "[  FAILED  ] %d test(s)", &a) == 1) {
            cmocka.failed += a;
        } else if (sscanf(line, "[  SKIPPED ] %d test(s)", &a) == 1) {
            cmocka.skipped += a;
        } else if (sscanf(line, "%d passed, %d failed, %d skipped", &a, &b, &c) >= 2) {
            own = (struct counts){a, b, c};
            has_own = true;
        }
    }
    fclose(file);
    struct counts found = has_own ? own : has_cmocka ? cmocka : none;
    *ran_nothing = (has_own || has_cmocka) && !found.passed && !found.failed && !found.skipped;
    return found;
}

static const char *status_of(const struct test *t)
{
    return t->cases.failed ? "failed" : t->cases.passed ? "passed" : "skipped";
}

/* Decide what an ended test counts for. */
static void judge(struct test *t)
{
    bool ran_nothing;
    int code = WIFEXITED(t->wait_status) ? WEXITSTATUS(t->wait_status) : -1;
    t->cases = read_counts(t->log, &ran_nothing);
    if (code == EXIT_SKIP && !t->timed_out) {
        t->cases = (struct counts){.skipped = 1};
    } else if (code != 0 || t->timed_out || ran_nothing) {
        if (!t->cases.failed)
            t->cases.failed = 1;
    } else if (!t->cases.passed && !t->cases.failed && !t->cases.skipped) {
        t->cases.passed = 1;
    }
}

static void print_tail(const char *path)
{
    char lines[TAIL_LINES][LINE_LEN];
    size_t n = 0;
    FILE *file = fopen(path, "r");
    if (!file)
        return;
    while (fgets(lines[n % TAIL_LINES], LINE_LEN, file))
        n++;
    fclose(file);
    for (size_t i = n > TAIL_LINES ? n - TAIL_LINES : 0; i < n; i++) {
        char *line = lines[i % TAIL_LINES];
        line[strcspn(line, "\n")] = '\0';
        printf("      | %s\n", line);
    }
}

static void print_result(const struct test *t)
{
    const char *status = status_of(t);
    printf("%-4s %7.1f s  %s", !strcmp(status, "passed") ? "ok" : !strcmp(status, "failed") ? "FAIL" : "skip",
           t->seconds, t->name);
    if (t->cases.passed + t->cases.failed + t->cases.skipped > 1)
        printf("  (%d of %d cases)", t->cases.passed,
               t->cases.passed + t->cases.failed + t->cases.skipped);
    printf("\n");
    if (t->cases.failed) {
        print_tail(t->log);
        if (t->timed_out)
            printf("      stopped after the time allowed\n");
        else if (WIFSIGNALED(t->wait_status))
            printf("      killed by signal %d\n", WTERMSIG(t->wait_status));
        else
            printf("      exit status %d\n", WEXITSTATUS(t->wait_status));
        printf("      log:   %s\n      again: %s\n", t->log, t->command);
    }
    fflush(stdout);
}

/* --- all tests ----------------------------------------------------------------------- */

static void stop(const struct test *t)
{
    kill(-t->pid, SIGKILL);
}

static void stop_all_and_leave(struct test *tests, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (tests[i].state == RUNNING)
            stop(&tests[i]);
    fprintf(stderr, "runtests: stopped by signal %d\n", (int)interrupted);
    _exit(128 + interrupted);
}

static void run_all(const struct options *opt, struct test *tests, size_t n)
{
    size_t next = 0, done = 0;
    int running = 0;
    while (done < n) {
        while (next < n && running < opt->jobs) {
            start(&tests[next++]);
            running++;
        }
        nanosleep(&(struct timespec){.tv_nsec = 5000000}, NULL);
        if (interrupted)
            stop_all_and_leave(tests, n);
        for (size_t i = 0; i < next; i++) {
            struct test *t = &tests[i];
            if (t->state != RUNNING)
                continue;
            t->seconds = now() - t->start;
            if (t->seconds > opt->timeout && !t->timed_out) {
                t->timed_out = true;
                stop(t);
            }
            if (waitpid(t->pid, &t->wait_status, WNOHANG) != t->pid)
                continue;
            stop(t); /* what it may have left in the background */
            t->state = DONE;
            judge(t);
            print_result(t);
            running--;
            done++;
        }
    }
}

/* --- the report ---------------------------------------------------------------------- */

/* Output of a command, one line; "" if it fails. */
static void first_line(const char *command, char *line, size_t room)
{
    line[0] = '\0';
    FILE *pipe = popen(command, "r");
    if (!pipe)
        return;
    if (fgets(line, (int)room, pipe))
        line[strcspn(line, "\n")] = '\0';
    pclose(pipe);
}

static cJSON *read_json(const char *path)
{
    static char text[65536];
    FILE *file = path ? fopen(path, "r") : NULL;
    if (!file)
        return NULL;
    size_t n = fread(text, 1, sizeof text - 1, file);
    fclose(file);
    text[n] = '\0';
    return cJSON_Parse(text);
}

static void add_counts(cJSON *object, struct counts c)
{
    cJSON_AddNumberToObject(object, "passed", c.passed);
    cJSON_AddNumberToObject(object, "failed", c.failed);
    cJSON_AddNumberToObject(object, "skipped", c.skipped);
}

static void write_report(const struct options *opt, const struct test *tests, size_t n,
                         struct counts total, double seconds)
{
    char commit[128], dirty[128], date[32];
    time_t clock = time(NULL);
    first_line("git rev-parse --short=12 HEAD 2>/dev/null", commit, sizeof commit);
    first_line("git status --porcelain 2>/dev/null", dirty, sizeof dirty);
    strftime(date, sizeof date, "%Y-%m-%dT%H:%M:%SZ", gmtime(&clock));

    cJSON *root = checked(cJSON_CreateObject());
    cJSON_AddStringToObject(root, "suite", opt->suite);
    cJSON_AddStringToObject(root, "date", date);
    cJSON_AddStringToObject(root, "commit", commit);
    cJSON_AddBoolToObject(root, "modified", dirty[0] != '\0');
    cJSON_AddStringToObject(root, "seed", opt->seed);
    cJSON *tools = read_json(opt->tools);
    cJSON_AddItemToObject(root, "tools", tools ? tools : checked(cJSON_CreateObject()));
    cJSON *totals = cJSON_AddObjectToObject(root, "totals");
    add_counts(totals, total);
    cJSON_AddNumberToObject(totals, "programs", (double)n);
    cJSON_AddNumberToObject(totals, "seconds", seconds);

    cJSON *rows = cJSON_AddArrayToObject(root, "rows");
    for (size_t i = 0; i < n; i++) {
        cJSON *row = checked(cJSON_CreateObject());
        cJSON_AddStringToObject(row, "name", tests[i].name);
        cJSON_AddStringToObject(row, "status", status_of(&tests[i]));
        add_counts(row, tests[i].cases);
        cJSON_AddNumberToObject(row, "seconds", tests[i].seconds);
        cJSON_AddStringToObject(row, "log", tests[i].log);
        cJSON_AddItemToArray(rows, row);
    }
    cJSON *left_out = cJSON_AddArrayToObject(root, "left_out");
    char *names = checked(strdup(opt->left_out));
    for (char *name = strtok(names, " "); name; name = strtok(NULL, " "))
        cJSON_AddItemToArray(left_out, cJSON_CreateString(name));
    free(names);

    char *text = checked(cJSON_Print(root));
    char aside[LINE_LEN];
    snprintf(aside, sizeof aside, "%s.new", opt->json);
    FILE *file = fopen(aside, "w");
    if (!file || fprintf(file, "%s\n", text) < 0 || fclose(file) != 0 || rename(aside, opt->json) != 0)
        die("%s: %s", opt->json, strerror(errno));
    free(text);
    cJSON_Delete(root);
}

/* The names of what was not run, in lines of a readable length. */
static void print_left_out(const char *names)
{
    if (!*names)
        return;
    printf("left out, `make test-all` runs them:");
    size_t column = LINE_WIDTH;
    for (const char *name = names; *name;) {
        size_t length = strcspn(name, " ");
        if (column + 1 + length > LINE_WIDTH) {
            printf("\n     ");
            column = 5;
        }
        printf(" %.*s", (int)length, name);
        column += 1 + length;
        name += length + strspn(name + length, " ");
    }
    printf("\n");
}

/* --- arguments ----------------------------------------------------------------------- */

static int positive(const char *option, const char *text)
{
    char *end;
    long value = strtol(text, &end, 10);
    if (*end || value < 1 || value > 1000000)
        die("%s: got \"%s\", expected a number from 1 to 1000000", option, text);
    return (int)value;
}

static struct options parse(int argc, char **argv)
{
    struct options o = {.suite = "all", .left_out = "", .seed = "", .jobs = 1, .timeout = 1800};
    for (int i = 1; i + 1 < argc; i += 2) {
        const char *option = argv[i], *value = argv[i + 1];
        if (!strcmp(option, "--list"))
            o.list = value;
        else if (!strcmp(option, "--json"))
            o.json = value;
        else if (!strcmp(option, "--logs"))
            o.logs = value;
        else if (!strcmp(option, "--suite"))
            o.suite = value;
        else if (!strcmp(option, "--tools"))
            o.tools = value;
        else if (!strcmp(option, "--left-out"))
            o.left_out = value;
        else if (!strcmp(option, "--seed"))
            o.seed = value;
        else if (!strcmp(option, "--jobs"))
            o.jobs = positive(option, value);
        else if (!strcmp(option, "--timeout"))
            o.timeout = positive(option, value);
        else
            die("unknown option %s", option);
    }
    if (argc % 2 == 0)
        die("%s: no value given", argv[argc - 1]);
    if (!o.list || !o.json || !o.logs)
        die("--list, --json and --logs are needed");
    if (o.jobs > MAX_JOBS)
        o.jobs = MAX_JOBS;
    return o;
}

/* mkdir -p */
static void make_folder(const char *path)
{
    char *copy = checked(strdup(path));
    for (char *p = copy + 1; *p; p++)
        if (*p == '/') {
            *p = '\0';
            mkdir(copy, 0777);
            *p = '/';
        }
    if (mkdir(copy, 0777) != 0 && errno != EEXIST)
        die("%s: %s", path, strerror(errno));
    free(copy);
}

int main(int argc, char **argv)
{
    const struct options opt = parse(argc, argv);
    struct sigaction action = {.sa_handler = on_signal};
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);

    /* A test that runs make is no part of the make that runs the tests. */
    unsetenv("MAKEFLAGS");
    unsetenv("MAKELEVEL");

    struct test *tests;
    size_t n = read_list(&opt, &tests);
    make_folder(opt.logs);
    char *json_folder = checked(strdup(opt.json));
    char *slash = strrchr(json_folder, '/');
    if (slash) {
        *slash = '\0';
        make_folder(json_folder);
    }
    free(json_folder);

    double begin = now();
    run_all(&opt, tests, n);

    struct counts total = {0};
    for (size_t i = 0; i < n; i++) {
        total.passed += tests[i].cases.passed;
        total.failed += tests[i].cases.failed;
        total.skipped += tests[i].cases.skipped;
    }
    write_report(&opt, tests, n, total, now() - begin);
    print_left_out(opt.left_out);
    printf("report: %s\n", opt.json);
    printf("%d passed, %d failed, %d skipped\n", total.passed, total.failed, total.skipped);
    for (size_t i = 0; i < n; i++) {
        free(tests[i].name);
        free(tests[i].command);
        free(tests[i].log);
    }
    free(tests);
    return total.passed > 0 && total.failed == 0 ? 0 : 1;
}
