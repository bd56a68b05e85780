/* floor COUNT SLOTS [DIR]: what starting COUNT processes costs when nothing is kept of them.
 *
 * Keeps SLOTS children of /bin/true running, each in a session of its own, until COUNT have ended. With DIR each gets a
 * new output file there, opened as burro opens one. Prints: wall seconds, own cpu seconds, cpu seconds of the children.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>

extern char **environ;

static double wall(void)
{
    struct timespec moment;
    clock_gettime(CLOCK_MONOTONIC, &moment);
    return moment.tv_sec + moment.tv_nsec / 1e9;
}

static double cpu(int who)
{
    struct rusage usage;
    getrusage(who, &usage);
    return usage.ru_utime.tv_sec + usage.ru_stime.tv_sec + (usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

static void give_up(const char *what, int error)
{
    fprintf(stderr, "floor: %s: %s\n", what, strerror(error));
    exit(1);
}

static void start(const char *directory, long number)
{
    static char *words[] = {"true", NULL};
    char name[4096];
    pid_t pid;
    posix_spawnattr_t how;
    posix_spawn_file_actions_t files;

    posix_spawnattr_init(&how);
    posix_spawnattr_setflags(&how, POSIX_SPAWN_SETSID);
    posix_spawn_file_actions_init(&files);
    if (directory) {
        snprintf(name, sizeof name, "%s/%ld.out", directory, number);
        posix_spawn_file_actions_addopen(&files, 1, name, O_WRONLY | O_CREAT | O_EXCL | O_APPEND, 0666);
        posix_spawn_file_actions_adddup2(&files, 1, 2);
    }
    int error = posix_spawn(&pid, "/bin/true", &files, &how, words, environ);
    if (error)
        give_up("posix_spawn", error);
    posix_spawn_file_actions_destroy(&files);
    posix_spawnattr_destroy(&how);
}

int main(int count_of_words, char **words)
{
    if (count_of_words < 3) {
        fprintf(stderr, "usage: floor COUNT SLOTS [DIR]\n");
        return 2;
    }
    long count = atol(words[1]), slots = atol(words[2]), started = 0;
    const char *directory = count_of_words > 3 ? words[3] : NULL;
    double began = wall();

    for (; started < slots && started < count; started++)
        start(directory, started);
    for (long ended = 0; ended < count; ended++) {
        int status;
        struct rusage usage;
        if (wait4(-1, &status, 0, &usage) < 0 || status != 0)
            give_up("a child did not end well", status);
        if (started < count)
            start(directory, started++);
    }
    printf("%.6f %.6f %.6f\n", wall() - began, cpu(RUSAGE_SELF), cpu(RUSAGE_CHILDREN));
    return 0;
}
