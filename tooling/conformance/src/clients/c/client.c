/* The API of libzookeeper-mt, section by section: client SERVER ANOTHER-SERVER. What it prints is the same on every ZooKeeper. */

#include "transcript.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>

enum { PATH_BYTES = 128, DATA_BYTES = 256, ANY_VERSION = -1 };

static int make(zhandle_t *zh, const char *path, const char *data, int mode) {
    char made[PATH_BYTES] = "";
    int length = data == NULL ? -1 : (int)strlen(data);
    int result = zoo_create(zh, path, data, length, &ZOO_OPEN_ACL_UNSAFE, mode, made, sizeof made);
    return say(result, "create %s mode %d made \"%s\"", path, mode, made);
}

static void show(zhandle_t *zh, const char *path) {
    char data[DATA_BYTES];
    int length = sizeof data;
    struct Stat stat;
    int result = say(zoo_get(zh, path, 0, data, &length, &stat), "get %s", path);
    if (result != ZOK) return;
    if (length < 0) puts("  no data");
    else printf("  \"%.*s\"\n", length, data);
    say_stat(zh, &stat);
}

static void create_znodes(zhandle_t *zh) {
    char made[PATH_BYTES] = "";
    struct Stat stat;
    section("create");
    make(zh, "/c", "data", ZOO_PERSISTENT);
    make(zh, "/c", "data", ZOO_PERSISTENT);
    make(zh, "/c/no/parent", "data", ZOO_PERSISTENT);
    make(zh, "/c/null", NULL, ZOO_PERSISTENT);
    make(zh, "/c/empty", "", ZOO_PERSISTENT);
    make(zh, "/c/sequential-", "1", ZOO_PERSISTENT_SEQUENTIAL);
    make(zh, "/c/sequential-", "2", ZOO_PERSISTENT_SEQUENTIAL);
    make(zh, "/c/ephemeral", "3", ZOO_EPHEMERAL);
    make(zh, "/c/both-", "4", ZOO_EPHEMERAL_SEQUENTIAL);
    make(zh, "/c/ephemeral/child", "5", ZOO_PERSISTENT);
    make(zh, "/c/container", "6", ZOO_CONTAINER);
    make(zh, "/c/container/child", "7", ZOO_PERSISTENT);
    make(zh, "relative", "8", ZOO_PERSISTENT);
    make(zh, "/c//empty", "9", ZOO_PERSISTENT);
    make(zh, "/c/../d", "9", ZOO_PERSISTENT);
    make(zh, "/c/trailing/", "9", ZOO_PERSISTENT);
    make(zh, "/c/with-a-ttl", "9", ZOO_PERSISTENT_WITH_TTL);
    say(zoo_create_ttl(zh, "/c/ttl", "t", 1, &ZOO_OPEN_ACL_UNSAFE, ZOO_PERSISTENT_WITH_TTL, 600000, made, sizeof made),
        "create_ttl /c/ttl");
    say(zoo_create2_ttl(zh, "/c/ttl-", "t", 1, &ZOO_OPEN_ACL_UNSAFE, ZOO_PERSISTENT_SEQUENTIAL_WITH_TTL, 600000, made,
                        sizeof made, &stat),
        "create2_ttl /c/ttl- made %s", made);
    say_stat(zh, &stat);
    say(zoo_create_ttl(zh, "/c/zero", "t", 1, &ZOO_OPEN_ACL_UNSAFE, ZOO_PERSISTENT_WITH_TTL, 0, made, sizeof made),
        "create_ttl with a TTL of 0");
    say(zoo_create2(zh, "/c/two", "2", 1, &ZOO_OPEN_ACL_UNSAFE, ZOO_PERSISTENT, made, sizeof made, &stat), "create2");
    say_stat(zh, &stat);
    for (const char **path = (const char *[]){"/c", "/c/null", "/c/empty", "/c/ephemeral", "/c/container", "/c/ttl", NULL};
         *path != NULL; path++)
        show(zh, *path);
}

static void change_znodes(zhandle_t *zh) {
    struct Stat stat;
    section("change");
    make(zh, "/change", "0", ZOO_PERSISTENT);
    say(zoo_set(zh, "/change", "1", 1, 0), "set version 0");
    say(zoo_set(zh, "/change", "2", 1, 0), "set version 0 again");
    say(zoo_set2(zh, "/change", "three", 5, ANY_VERSION, &stat), "set2 any version");
    say_stat(zh, &stat);
    say(zoo_set(zh, "/change", NULL, -1, 2), "set to nothing");
    show(zh, "/change");
    say(zoo_set(zh, "/absent", "1", 1, ANY_VERSION), "set of no znode");
    say(zoo_exists(zh, "/absent", 0, &stat), "exists of no znode");
    say(zoo_exists(zh, "/change", 0, &stat), "exists");
    say_stat(zh, &stat);
    show(zh, "/absent");
    say(zoo_delete(zh, "/change", 0), "delete version 0");
    make(zh, "/change/below", "", ZOO_PERSISTENT);
    say(zoo_delete(zh, "/change", ANY_VERSION), "delete with a child");
    say(zoo_delete(zh, "/change/below", 0), "delete the child");
    say(zoo_delete(zh, "/change", 3), "delete version 3");
    say(zoo_delete(zh, "/change", ANY_VERSION), "delete of no znode");
    say(zoo_delete(zh, "/zookeeper", ANY_VERSION), "delete /zookeeper");
}

static void list_children(zhandle_t *zh) {
    struct String_vector children = {0, NULL};
    struct Stat stat;
    section("children");
    if (say(zoo_get_children(zh, "/c", 0, &children), "children of /c") == ZOK) say_children(&children);
    if (say(zoo_get_children2(zh, "/c/container", 0, &children, &stat), "children of a container") == ZOK) {
        say_children(&children);
        say_stat(zh, &stat);
    }
    if (say(zoo_get_children(zh, "/c/empty", 0, &children), "children of a leaf") == ZOK) say_children(&children);
    say(zoo_get_children(zh, "/absent", 0, &children), "children of no znode");
    if (say(zoo_get_children(zh, "/zookeeper", 0, &children), "children of /zookeeper") == ZOK) say_children(&children);
}

static void use_watches(zhandle_t *zh) {
    struct String_vector children = {0, NULL};
    struct Stat stat;
    char data[DATA_BYTES];
    int length = sizeof data;
    section("watches");
    say(zoo_wexists(zh, "/w", on_event, "exists", &stat), "exists of no znode");
    make(zh, "/w", "", ZOO_PERSISTENT);
    say_events(1);
    say(zoo_wget(zh, "/w", on_event, "get", data, &length, &stat), "get");
    say(zoo_wget_children(zh, "/w", on_event, "children", &children), "children");
    deallocate_String_vector(&children);
    make(zh, "/w/a", "", ZOO_PERSISTENT);
    say_events(1);
    say(zoo_set(zh, "/w", "x", 1, ANY_VERSION), "set");
    say_events(1);
    say(zoo_set(zh, "/w", "y", 1, ANY_VERSION), "set unheard");
    length = sizeof data;
    say(zoo_wget(zh, "/w/a", on_event, "get", data, &length, &stat), "get of the child");
    say(zoo_wget_children(zh, "/w", on_event, "children", &children), "children");
    deallocate_String_vector(&children);
    say(zoo_delete(zh, "/w/a", ANY_VERSION), "delete of the child");
    say_events(2);
    length = sizeof data;
    say(zoo_get(zh, "/w", 1, data, &length, &stat), "get with the session's watcher");
    say(zoo_delete(zh, "/w", ANY_VERSION), "delete");
    say_events(1);
    make(zh, "/w", "", ZOO_PERSISTENT);
    length = sizeof data;
    say(zoo_wget(zh, "/w", on_event, "get", data, &length, &stat), "get");
    say(zoo_remove_watches(zh, "/w", ZWATCHTYPE_CHILD, on_event, "get", 0), "remove a watch of children");
    say(zoo_remove_watches(zh, "/w", ZWATCHTYPE_DATA, on_event, "get", 0), "remove the watch of data");
    say(zoo_set(zh, "/w", "z", 1, ANY_VERSION), "set unheard");
    say(zoo_remove_all_watches(zh, "/w", ZWATCHTYPE_ANY, 0), "remove all watches where there is none");
}

static void say_results(int result, int count, const zoo_op_result_t *results) {
    say(result, "multi");
    for (int i = 0; i < count; i++) {
        const zoo_op_result_t *each = &results[i];
        printf("  %s %s\n", zerror(each->err), each->err == ZOK && each->value != NULL ? each->value : "");
    }
}

static void use_multi(zhandle_t *zh) {
    enum { COUNT = 5 };
    char made[PATH_BYTES] = "", sequential[PATH_BYTES] = "";
    struct Stat stat;
    zoo_op_t ops[COUNT];
    zoo_op_result_t results[COUNT] = {{0}};
    section("multi");
    zoo_create_op_init(&ops[0], "/m", "1", 1, &ZOO_OPEN_ACL_UNSAFE, ZOO_PERSISTENT, made, sizeof made);
    zoo_create_op_init(&ops[1], "/m/s-", "2", 1, &ZOO_OPEN_ACL_UNSAFE, ZOO_EPHEMERAL_SEQUENTIAL, sequential, sizeof sequential);
    zoo_set_op_init(&ops[2], "/m", "two", 3, 0, &stat);
    zoo_check_op_init(&ops[3], "/m", 1);
    zoo_delete_op_init(&ops[4], "/m/s-0000000000", ANY_VERSION);
    say_results(zoo_multi(zh, COUNT, ops, results), COUNT, results);
    say_stat(zh, &stat);
    show(zh, "/m");
    zoo_create_op_init(&ops[0], "/m/never", "1", 1, &ZOO_OPEN_ACL_UNSAFE, ZOO_PERSISTENT, made, sizeof made);
    zoo_check_op_init(&ops[1], "/m", 7);
    zoo_delete_op_init(&ops[2], "/m", ANY_VERSION);
    say_results(zoo_multi(zh, 3, ops, results), 3, results);
    show(zh, "/m/never");
    zoo_delete_op_init(&ops[0], "/absent", ANY_VERSION);
    say_results(zoo_multi(zh, 1, ops, results), 1, results);
    say_results(zoo_multi(zh, 0, ops, results), 0, results);
}

static int authenticated;
static pthread_mutex_t authentication = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t proven = PTHREAD_COND_INITIALIZER;

static void on_authentication(int result, const void *data) {
    (void)data;
    pthread_mutex_lock(&authentication);
    say(result, "add_auth");
    authenticated = 1;
    pthread_cond_signal(&proven);
    pthread_mutex_unlock(&authentication);
}

static void authenticate(zhandle_t *zh, const char *scheme, const char *credentials) {
    authenticated = 0;
    zoo_add_auth(zh, scheme, credentials, (int)strlen(credentials), on_authentication, NULL);
    pthread_mutex_lock(&authentication);
    while (!authenticated) pthread_cond_wait(&proven, &authentication);
    pthread_mutex_unlock(&authentication);
}

static void show_acl(zhandle_t *zh, const char *path) {
    struct ACL_vector acl = {0, NULL};
    struct Stat stat;
    if (say(zoo_get_acl(zh, path, &acl, &stat), "get_acl %s", path) != ZOK) return;
    say_acl(&acl);
    say_stat(zh, &stat);
}

static int make_with(zhandle_t *zh, const char *path, const struct ACL_vector *acl) {
    char made[PATH_BYTES];
    return say(zoo_create(zh, path, "x", 1, acl, ZOO_PERSISTENT, made, sizeof made), "create %s with an ACL", path);
}

static void use_acls(zhandle_t *zh, const char *server) {
    struct ACL stranger[] = {{ZOO_PERM_ALL, {"ip", "10.9.8.7"}}}, neighbour[] = {{ZOO_PERM_READ, {"ip", "127.0.0.0/8"}}};
    struct ACL unknown[] = {{ZOO_PERM_ALL, {"nobody", "knows"}}};
    struct ACL_vector strangers = {1, stranger}, neighbours = {1, neighbour}, bad = {1, unknown}, none = {0, NULL};
    section("acl");
    show_acl(zh, "/c");
    show_acl(zh, "/absent");
    make_with(zh, "/acl-creator", &ZOO_CREATOR_ALL_ACL);
    make_with(zh, "/acl-bad", &bad);
    make_with(zh, "/acl-none", &none);
    make_with(zh, "/acl-strangers", &strangers);
    show(zh, "/acl-strangers");
    show_acl(zh, "/acl-strangers");
    make_with(zh, "/acl-neighbours", &neighbours);
    show(zh, "/acl-neighbours");
    say(zoo_set(zh, "/acl-neighbours", "y", 1, ANY_VERSION), "set for readers");
    authenticate(zh, "digest", "ann:secret");
    make_with(zh, "/acl-creator", &ZOO_CREATOR_ALL_ACL);
    show_acl(zh, "/acl-creator");
    make(zh, "/acl-open", "", ZOO_PERSISTENT);
    say(zoo_set_acl(zh, "/acl-open", 3, &ZOO_READ_ACL_UNSAFE), "set_acl version 3");
    say(zoo_set_acl(zh, "/acl-open", 0, &ZOO_READ_ACL_UNSAFE), "set_acl version 0");
    show_acl(zh, "/acl-open");
    say(zoo_set(zh, "/acl-open", "y", 1, ANY_VERSION), "set of what may be read");
    zhandle_t *other = connect_to(server, NULL);
    show(other, "/acl-creator");
    show_acl(other, "/acl-creator");
    say(zoo_delete(other, "/acl-creator", ANY_VERSION), "delete by another, which the parent permits");
    authenticate(other, "digest", "super:password");
    show(other, "/acl-strangers");
    zookeeper_close(other);
    zhandle_t *unproven = connect_to(server, NULL);
    authenticate(unproven, "nobody", "knows");
    await_state(unproven, ZOO_AUTH_FAILED_STATE);
    say(zoo_exists(unproven, "/c", 0, &(struct Stat){0}), "exists after that");
    zookeeper_close(unproven);
}

static void read_configuration(zhandle_t *zh) {
    char data[4096];
    int length = sizeof data;
    struct Stat stat;
    section("configuration");
    say(zoo_getconfig(zh, 0, data, &length, &stat), "getconfig");
    int has_members = length > 0 && strstr(data, "server.3=") != NULL && strstr(data, "version=0") != NULL;
    puts(has_members ? "  with members and a version" : "  without members or a version");
    length = sizeof data;
    say(zoo_reconfig(zh, NULL, "3", NULL, -1, data, &length, &stat), "reconfig");
    say(zoo_set(zh, "/zookeeper/config", "x", 1, ANY_VERSION), "set of the configuration");
}

/* One session at two servers, then at its end. The first connection hears of nothing until the session is closed. */
static void lose_sessions(zhandle_t *zh, const char *server, const char *other_server) {
    struct Stat stat;
    section("session");
    zhandle_t *first = connect_to(server, NULL);
    printf("timeout %d\n", zoo_recv_timeout(first));
    make(first, "/session", "", ZOO_EPHEMERAL);
    clientid_t id = *zoo_client_id(first);
    zhandle_t *second = connect_to(other_server, &id);
    printf("%s session\n", zoo_client_id(second)->client_id == id.client_id ? "the same" : "another");
    show(second, "/session");
    make(second, "/session-second", "", ZOO_EPHEMERAL);
    say(zoo_wexists(zh, "/session", on_event, "a bystander", &stat), "exists");
    say(zookeeper_close(second), "close");
    say_events(1);
    await_state(first, ZOO_EXPIRED_SESSION_STATE);
    say(zoo_exists(first, "/c", 0, &stat), "exists in a lost session");
    zookeeper_close(first);
    say(zoo_exists(zh, "/session-second", 0, &stat), "its other ephemeral znode");
    memset(id.passwd, 'x', sizeof id.passwd);
    zhandle_t *stranger = zookeeper_init(server, on_event, 10000, &id, NULL, 0);
    await_state(stranger, ZOO_EXPIRED_SESSION_STATE);
    puts("a session that is gone is expired");
    zookeeper_close(stranger);
}

int main(int count, char **arguments) {
    if (count != 3) return 2;
    zoo_set_debug_level(0);
    zhandle_t *zh = connect_to(arguments[1], NULL);
    create_znodes(zh);
    change_znodes(zh);
    list_children(zh);
    use_watches(zh);
    use_multi(zh);
    use_acls(zh, arguments[1]);
    read_configuration(zh);
    lose_sessions(zh, arguments[1], arguments[2]);
    section("end");
    return say(zookeeper_close(zh), "close") == ZOK ? 0 : 1;
}
