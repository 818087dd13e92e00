#include "transcript.h"

#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { SESSION_TIMEOUT_MS = 10000, LIMIT_MS = 20000, STEP_MS = 10, MAX_EVENTS = 64, LINE_BYTES = 256 };

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static char events[MAX_EVENTS][LINE_BYTES];
static int heard;
static int told;

void section(const char *name) {
    printf("# %s\n", name);
}

int say(int result, const char *format, ...) {
    va_list values;
    va_start(values, format);
    vprintf(format, values);
    va_end(values);
    printf(": %s\n", zerror(result));
    return result;
}

static const char *owner_of(zhandle_t *zh, const struct Stat *stat) {
    if (stat->ephemeralOwner == 0) return "none";
    return stat->ephemeralOwner == zoo_client_id(zh)->client_id ? "me" : "another session";
}

void say_stat(zhandle_t *zh, const struct Stat *stat) {
    printf("  version %d cversion %d aversion %d length %d children %d owner %s%s%s\n", stat->version, stat->cversion,
           stat->aversion, stat->dataLength, stat->numChildren, owner_of(zh, stat),
           stat->mzxid > stat->czxid ? " changed" : "", stat->pzxid > stat->czxid ? " with a past of children" : "");
}

static int by_name(const void *left, const void *right) {
    return strcmp(*(char *const *)left, *(char *const *)right);
}

void say_children(struct String_vector *children) {
    qsort(children->data, children->count, sizeof(char *), by_name);
    for (int i = 0; i < children->count; i++) printf("  %s\n", children->data[i]);
    deallocate_String_vector(children);
}

void say_acl(struct ACL_vector *acl) {
    for (int i = 0; i < acl->count; i++)
        printf("  %s:%s:%d\n", acl->data[i].id.scheme, acl->data[i].id.id, acl->data[i].perms);
    deallocate_ACL_vector(acl);
}

static void pause_ms(int milliseconds) {
    struct timespec pause = {milliseconds / 1000, (milliseconds % 1000) * 1000000L};
    nanosleep(&pause, NULL);
}

void await_state(zhandle_t *zh, int state) {
    for (int waited = 0; zoo_state(zh) != state; waited += STEP_MS) {
        if (waited > LIMIT_MS) {
            printf("  state %d instead of %d\n", zoo_state(zh), state);
            exit(1);
        }
        pause_ms(STEP_MS);
    }
}

zhandle_t *connect_to(const char *server, const clientid_t *id) {
    zhandle_t *zh = zookeeper_init(server, on_event, SESSION_TIMEOUT_MS, id, NULL, 0);
    await_state(zh, ZOO_CONNECTED_STATE);
    return zh;
}

static const char *name_of(int type) {
    if (type == ZOO_CREATED_EVENT) return "created";
    if (type == ZOO_DELETED_EVENT) return "deleted";
    if (type == ZOO_CHANGED_EVENT) return "changed";
    if (type == ZOO_CHILD_EVENT) return "children";
    return type == ZOO_NOTWATCHING_EVENT ? "not watching" : "?";
}

void on_event(zhandle_t *zh, int type, int state, const char *path, void *context) {
    (void)zh;
    (void)state;
    if (type == ZOO_SESSION_EVENT) return;
    pthread_mutex_lock(&lock);
    snprintf(events[heard++ % MAX_EVENTS], LINE_BYTES, "  %s heard: %s %s", context ? (char *)context : "the session",
             name_of(type), path);
    pthread_mutex_unlock(&lock);
}

void say_events(int count) {
    for (int waited = 0; waited < LIMIT_MS && heard < told + count; waited += STEP_MS) pause_ms(STEP_MS);
    pthread_mutex_lock(&lock);
    if (heard < told + count) printf("  %d events are missing\n", told + count - heard);
    while (told < heard) puts(events[told++ % MAX_EVENTS]);
    pthread_mutex_unlock(&lock);
}
