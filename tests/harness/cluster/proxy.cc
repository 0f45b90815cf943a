#include "harness/cluster/proxy.h"

#include "harness/cluster/proxy_link.h"
#include "harness/violation.h"

#include <functional>
#include <future>
#include <mutex>
#include <set>
#include <string>
#include <thread>

extern "C" {
#include "uv/listener.h"
}

namespace judge
{

struct Proxy::State {
    struct Listener {
        uv_tcp_t tcp;
        State *state;
        node_id to;
    };

    LinkBoard board;
    std::map<node_id, std::unique_ptr<Listener>> listeners;
    std::set<ProxyLink *> links; // each frees itself
    uv_async_t wake;
    std::mutex mutex;
    std::vector<std::function<void()>> work; // guarded by mutex
    std::thread thread;

    // Runs `what` in the proxy's thread and waits for it.
    void Do(const std::function<void()> &what)
    {
        std::promise<void> done;

        {
            const std::lock_guard<std::mutex> guard(mutex);
            work.push_back([&] {
                what();
                done.set_value();
            });
        }
        uv_async_send(&wake);
        done.get_future().wait();
    }

    void Work()
    {
        std::vector<std::function<void()>> now;
        {
            const std::lock_guard<std::mutex> guard(mutex);
            now.swap(work);
        }
        for (const auto &one : now)
            one();
    }

    void Close()
    {
        for (auto &[to, listener] : listeners)
            uv_close(reinterpret_cast<uv_handle_t *>(&listener->tcp), nullptr);
        for (ProxyLink *link : std::set<ProxyLink *>(links))
            link->Close();
        uv_close(reinterpret_cast<uv_handle_t *>(&wake), nullptr);
    }
};

Proxy::Proxy() : state_(std::make_unique<State>())
{
    State *state = state_.get();

    if (uv_loop_init(&state->board.loop) != 0)
        throw InfraError("no event loop for the proxy");
    uv_async_init(&state->board.loop, &state->wake, [](uv_async_t *wake) {
        static_cast<State *>(wake->data)->Work();
    });
    state->wake.data = state;
    state->thread =
        std::thread([state] { uv_run(&state->board.loop, UV_RUN_DEFAULT); });
}

Proxy::~Proxy()
{
    state_->Do([this] { state_->Close(); });
    state_->thread.join();
    uv_loop_close(&state_->board.loop);
}

uint16_t Proxy::Open(node_id to)
{
    uint16_t port = 0;
    int error = 0;

    state_->Do([&] {
        auto listener = std::make_unique<State::Listener>();

        listener->state = state_.get();
        listener->to = to;
        error = listener_open(
            &listener->tcp, &state_->board.loop, &port,
            [](uv_stream_t *stream, int status) {
                auto *from = reinterpret_cast<State::Listener *>(stream);
                State *state = from->state;

                // In its constructor a link may already end.
                if (status == 0) {
                    auto *link = new ProxyLink(
                        &state->board, from->to, stream,
                        [state](ProxyLink *gone) { state->links.erase(gone); });
                    if (!link->Closing())
                        state->links.insert(link);
                }
            });
        state_->listeners[to] = std::move(listener);
    });
    if (error != 0)
        throw InfraError(std::string("no port for the proxy: ") +
                         uv_strerror(error));
    return port;
}

void Proxy::Lead(node_id to, uint16_t port)
{
    state_->Do([=] { state_->board.targets[to] = port; });
}

void Proxy::Cut(node_id from, node_id to)
{
    state_->Do([=] {
        state_->board.rules[{from, to}].cut = true;
        state_->board.Note(ProxyEvent::Kind::Cut, from, to);
    });
}

void Proxy::Join(node_id from, node_id to)
{
    state_->Do([=] {
        bool *cut = &state_->board.rules[{from, to}].cut;

        if (*cut)
            state_->board.Note(ProxyEvent::Kind::Join, from, to);
        *cut = false;
    });
}

void Proxy::Delay(node_id from, node_id to, uint32_t ms)
{
    state_->Do([=] { state_->board.rules[{from, to}].delay_ms = ms; });
}

void Proxy::Fault(node_id from, node_id to, FrameFault fault, uint64_t k)
{
    state_->Do([=] {
        LinkRules &rules = state_->board.rules[{from, to}];

        rules.faults[rules.counts.arrived + k] = fault;
    });
}

bool Proxy::Connected(node_id from, node_id to)
{
    bool connected = false;

    state_->Do([&] {
        for (const ProxyLink *link : state_->links)
            connected = connected || link->Stands(from, to);
    });
    return connected;
}

LinkCounts Proxy::Counts(node_id from, node_id to)
{
    LinkCounts counts;

    state_->Do([&] { counts = state_->board.rules[{from, to}].counts; });
    return counts;
}

void Proxy::Record()
{
    state_->Do([this] { state_->board.record = true; });
}

std::vector<ProxyEvent> Proxy::TakeEvents()
{
    std::vector<ProxyEvent> events;

    state_->Do([&] { events.swap(state_->board.events); });
    return events;
}

} // namespace judge
