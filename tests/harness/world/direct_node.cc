// direct_node.cc: a node in this process, called without detour: for programs
// that explore and are no judges (node_host.h).
#include "harness/violation.h"
#include "harness/world/node_host.h"

extern "C" {
#include "harness/world/direct_heap.h"
#include "wire/wire.h"
}

#include <cstring>

extern "C" {
extern const struct program *const lab_programs[];

// The sanitizers' settings: this process only finds; reports are made by the
// judge's hosts (labs/host/main.c).
const char *__asan_default_options();
const char *__ubsan_default_options();

const char *__asan_default_options()
{
    return "symbolize=0:detect_leaks=0:exitcode=99:malloc_context_size=0:"
           "quarantine_size_mb=1:thread_local_quarantine_size_kb=64:"
           "allocator_may_return_null=1:detect_stack_use_after_return=0";
}

const char *__ubsan_default_options()
{
    return "symbolize=0:halt_on_error=1:exitcode=99";
}
}

namespace judge
{
namespace
{

class DirectNode : public NodeHost
{
  public:
    DirectNode() : heap_(direct_heap_open())
    {
        if (heap_ == nullptr)
            throw std::bad_alloc();
    }
    ~DirectNode() override
    {
        if (env_ != nullptr)
            env_close(env_);
        if (store_ != nullptr)
            store_->engine->close(store_);
        direct_heap_close(heap_);
    }

    int Open(const NodeSetup &setup, uint64_t now_ms, uint64_t random_seed,
             const Entries &store, Effects *effects) override
    {
        config config = {};

        for (const struct program *const *at = lab_programs; *at != nullptr;
             at++)
            if (setup.program == (*at)->name)
                program_ = *at;
        if (program_ == nullptr)
            throw std::runtime_error("there is no program " + setup.program);
        store_ = store_memory();
        env_ = store_ != nullptr ? env_open(store_, random_seed) : nullptr;
        if (env_ == nullptr)
            throw std::bad_alloc();
        for (const auto &[key, value] : store)
            store_->engine->put(store_, Slice(key), Slice(value));
        store_->engine->sync(store_);
        config.self = setup.self;
        config.members = setup.members.data();
        config.member_count = setup.members.size();
        config.ring = setup.ring;
        config.n = setup.n;
        config.r = setup.r;
        config.w = setup.w;
        config.f = setup.f;
        config.retry_ms = setup.retry_ms;
        config.give_up_ms = setup.give_up_ms;
        config.sloppy = setup.sloppy;
        config.handoff_ms = setup.handoff_ms;
        config.sync_ms = setup.sync_ms;
        config.gossip_ms = setup.gossip_ms;
        config.first = setup.first;
        config.disk = setup.disk;
        Begin(now_ms);
        const int code = program_->open(&node_, &config, env_);
        *effects = End();
        return code;
    }

    Effects Request(uint64_t now_ms, uint64_t id, slice bytes) override
    {
        struct request asked;

        if (request_decode(&asked, bytes) != DYN_OK)
            throw std::runtime_error("not a request");
        Begin(now_ms);
        program_->on_request(node_, env_, id, &asked);
        return End();
    }

    Effects Message(uint64_t now_ms, node_id from, slice bytes,
                    int *decoded) override
    {
        struct message message;

        Begin(now_ms);
        *decoded = message_decode(&message, bytes);
        if (*decoded == DYN_OK)
            program_->on_message(node_, env_, from, &message);
        return End();
    }

    Effects Timer(uint64_t now_ms, uint64_t timer, int kind,
                  uint64_t arg) override
    {
        Begin(now_ms);
        program_->on_timer(node_, env_, timer, kind, arg);
        return End();
    }

    void Close() override
    {
        direct_heap_enter(heap_);
        program_->close(node_);
        node_ = nullptr;
        if (direct_heap_held(heap_) > 0)
            throw Violation{"leak", "",
                            std::to_string(direct_heap_held(heap_)) +
                                " blocks stayed allocated"};
    }

  private:
    void Begin(uint64_t now_ms)
    {
        direct_heap_enter(heap_);
        env_begin(env_, now_ms);
    }
    Effects End()
    {
        Effects effects;

        effects.list = env_effects(env_, &effects.count);
        store_->engine->sync(store_);
        if (env_error(env_) != DYN_OK)
            throw Violation{"memory", "", "the node's effects got no memory"};
        return effects;
    }

    direct_heap *heap_;
    const struct program *program_ = nullptr;
    node *node_ = nullptr;
    env *env_ = nullptr;
    store *store_ = nullptr;
};

} // namespace

std::unique_ptr<NodeHost> MakeNode()
{
    return std::make_unique<DirectNode>();
}

void EndNodes()
{
}

const char *NodeKind()
{
    return "direct";
}

} // namespace judge
