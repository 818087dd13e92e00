/* What the sections of the program share: printing what a call gave, and waiting for what a watcher heard. */

#ifndef TRANSCRIPT_H
#define TRANSCRIPT_H

#include <zookeeper/zookeeper.h>

/* A heading: what follows is compared with the same heading's lines elsewhere. */
void section(const char *name);
/* The call and the name of its result, which is also returned. */
int say(int result, const char *format, ...);
/* A znode's Stat, without what differs from run to run. */
void say_stat(zhandle_t *zh, const struct Stat *stat);
void say_children(struct String_vector *children);
void say_acl(struct ACL_vector *acl);

/* A session; ends the program where there is none within its time. */
zhandle_t *connect_to(const char *server, const clientid_t *id);
/* Remembers events; its context is the text that the event is printed with. */
void on_event(zhandle_t *zh, int type, int state, const char *path, void *context);
/* Waits for that many events and prints them, in the order in which they came. */
void say_events(int count);
/* Waits until the session is in that state. */
void await_state(zhandle_t *zh, int state);

#endif
