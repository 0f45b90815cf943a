/* seeds.c: what the fuzzers begin with: one valid example of everything.
 *
 *     seeds message FOLDER    messages of every kind, requests, replies
 *     seeds effects FOLDER    effects of every kind, alone and together
 *
 * Writes FOLDER/0, FOLDER/1, ...; the folder has to exist. */
#include "dynamo/err.h"
#include "env/effects_codec.h"
#include "store/store.h"
#include "wire/wire.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct slice key = {(const uint8_t *)"key", 3};
static const struct slice value = {(const uint8_t *)"value", 5};

struct seeds {
    const char *folder;
    int written;
    int failed;
};

static void write_seed(struct seeds *seeds, const uint8_t *bytes, size_t size)
{
    char path[4096];
    FILE *file;

    if (snprintf(path, sizeof path, "%s/%d", seeds->folder, seeds->written++) >=
        (int)sizeof path) {
        seeds->failed = 1;
        return;
    }
    file = fopen(path, "wb");
    if (file == NULL || fwrite(bytes, 1, size, file) != size)
        seeds->failed = 1;
    if (file != NULL && fclose(file) != 0)
        seeds->failed = 1;
}

static void write_messages(struct seeds *seeds)
{
    static const enum message_kind kinds[] = {
#define MESSAGE_KIND(number, name, label, fields, text) name,
#include "dynamo/message.def"
    };
    const struct slice values[] = {value, key};
    struct message message = {.operation = 300,
                              .key = key,
                              .value = value,
                              .versions = value,
                              .context = value,
                              .code = DYN_EUNAVAILABLE,
                              .owner = 70000,
                              .range = value,
                              .path = key,
                              .hash = value,
                              .tree = value,
                              .view = value,
                              .disk = 300};
    struct request request = {.key = key,
                              .value = value,
                              .context = value,
                              .node = 70000,
                              .weight = 3};
    struct reply reply = {DYN_EUNAVAILABLE, NULL, 0, value};
    uint8_t room[256];

    message.version = (struct version){70000, 2};
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        message.kind = kinds[i];
        write_seed(seeds, room, message_encode(&message, room, sizeof room));
    }
    for (request.kind = REQUEST_GET; request.kind <= REQUEST_LEAVE;
         request.kind++)
        write_seed(seeds, room, request_encode(&request, room, sizeof room));
    write_seed(seeds, room, reply_encode(&reply, room, sizeof room));
    reply = (struct reply){DYN_OK, values, 2, value};
    write_seed(seeds, room, reply_encode(&reply, room, sizeof room));
}

/* One of each kind. */
static void record(struct env *env)
{
    const struct message message = {
        .kind = MESSAGE_READ, .operation = 1, .key = key};
    const struct reply reply = {.code = DYN_OK};

    env_send(env, 2, &message);
    env_reply(env, 3, &reply);
    env_cancel(env, env_timer(env, 5, -1, 6));
    (void)env_put(env, key, value);
    (void)env_delete(env, key);
    env_note(env, "note %d", 7);
}

static void write_effects(struct seeds *seeds)
{
    struct store *store = store_memory();
    struct env *env = store != NULL ? env_open(store, 1) : NULL;
    const struct effect *effects;
    uint8_t room[256];
    size_t count;

    seeds->failed = env == NULL;
    if (env != NULL) {
        env_begin(env, 0);
        record(env);
        effects = env_effects(env, &count);
        write_seed(seeds, room,
                   effects_encode(effects, count, room, sizeof room));
        for (size_t i = 0; i < count; i++)
            write_seed(seeds, room,
                       effects_encode(&effects[i], 1, room, sizeof room));
    }
    env_close(env);
    if (store != NULL)
        store->engine->close(store);
}

int main(int argc, char **argv)
{
    struct seeds seeds = {.written = 0};

    if (argc != 3 ||
        (strcmp(argv[1], "message") != 0 && strcmp(argv[1], "effects") != 0)) {
        fprintf(stderr, "usage: seeds message|effects FOLDER\n");
        return 2;
    }
    seeds.folder = argv[2];
    if (strcmp(argv[1], "message") == 0)
        write_messages(&seeds);
    else
        write_effects(&seeds);
    if (seeds.failed) {
        fprintf(stderr, "seeds: %s cannot be written to; make the folder\n",
                seeds.folder);
        return 1;
    }
    printf("%d seeds in %s\n", seeds.written, seeds.folder);
    return 0;
}
