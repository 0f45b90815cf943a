#include "harness/cluster/proxy_link.h"

#include <functional>

extern "C" {
#include "uv/frame.h"
}

namespace judge
{
namespace
{

constexpr size_t kQueuedMax = 4u << 20; // bytes between the two ends
constexpr uint64_t kHeldMs = 50;        // for how long a swap waits
constexpr size_t kEventsMax = 1u << 22;

} // namespace

void LinkBoard::Note(ProxyEvent::Kind kind, node_id from, node_id to,
                     uint64_t number)
{
    if (record && events.size() < kEventsMax)
        events.push_back({kind, uv_hrtime() / 1000, from, to, number});
}

ProxyLink::ProxyLink(LinkBoard *board, node_id to, uv_stream_t *listener,
                     std::function<void(ProxyLink *)> gone)
    : board_(board), to_(to), gone_(std::move(gone))
{
    source_.link = target_.link = this;
    uv_tcp_init(&board_->loop, &source_.tcp);
    uv_timer_init(&board_->loop, &timer_);
    timer_.data = this;
    handles_ = 2;
    if (uv_accept(listener, reinterpret_cast<uv_stream_t *>(&source_.tcp)) != 0)
        Close();
    else
        Throttle();
}

LinkRules &ProxyLink::Rules()
{
    return board_->rules[{*from_, to_}];
}

bool ProxyLink::Stands(node_id from, node_id to) const
{
    return connected_ && !closing_ && !source_ended_ && from_ == from &&
           to_ == to;
}

// ---- The source ----

void ProxyLink::Throttle()
{
    auto *stream = reinterpret_cast<uv_stream_t *>(&source_.tcp);
    size_t ahead = queued_;

    if (closing_ || source_ended_)
        return;
    if (connected_)
        ahead += uv_stream_get_write_queue_size(
            reinterpret_cast<uv_stream_t *>(&target_.tcp));
    const bool wanted = ahead < kQueuedMax;
    if (wanted == reading_)
        return;
    reading_ = wanted;
    if (!wanted) {
        uv_read_stop(stream);
        return;
    }
    uv_read_start(
        stream,
        [](uv_handle_t *handle, size_t, uv_buf_t *room) {
            ProxyLink *link = reinterpret_cast<End *>(handle)->link;

            *room = uv_buf_init(link->room_, sizeof link->room_);
        },
        [](uv_stream_t *from, ssize_t size, const uv_buf_t *) {
            reinterpret_cast<End *>(from)->link->ReadSource(size);
        });
}

void ProxyLink::ReadSource(ssize_t size)
{
    if (closing_ || size == 0)
        return;
    if (size < 0) {
        // What is on its way still arrives.
        source_ended_ = true;
        uv_read_stop(reinterpret_cast<uv_stream_t *>(&source_.tcp));
        if (!from_)
            Close();
        else
            Pump();
        return;
    }
    unread_.append(room_, static_cast<size_t>(size));
    if (from_ || TakeGreeting())
        TakeFrames();
    Pump();
}

// Whether it is whole.
bool ProxyLink::TakeGreeting()
{
    node_id from = 0;
    size_t used = 0;
    const slice bytes = {reinterpret_cast<const uint8_t *>(unread_.data()),
                         unread_.size()};

    if (greeting_read(bytes, &from, &used) != DYN_OK) {
        Close();
        return false;
    }
    if (used == 0)
        return false;
    from_ = from;
    unread_.erase(0, used);
    Connect();
    return !closing_;
}

void ProxyLink::TakeFrames()
{
    size_t at = 0;

    while (!closing_) {
        const slice rest = {reinterpret_cast<const uint8_t *>(unread_.data()) +
                                at,
                            unread_.size() - at};
        struct frame frame;
        size_t used = 0;

        if (frame_read(rest, &frame, &used) != DYN_OK) {
            Close();
            return;
        }
        if (used == 0)
            break;
        Arrive(frame.number, unread_.substr(at, used));
        at += used;
    }
    unread_.erase(0, at);
}

void ProxyLink::Lose(ProxyEvent::Kind kind, uint64_t number)
{
    Rules().counts.lost++;
    board_->Note(kind, *from_, to_, number);
}

void ProxyLink::Arrive(uint64_t number, std::string bytes)
{
    LinkRules &rules = Rules();
    const auto fault = rules.faults.find(++rules.counts.arrived);
    std::optional<FrameFault> what;

    if (fault != rules.faults.end()) {
        what = fault->second;
        rules.faults.erase(fault);
    }
    if (what == FrameFault::Drop) {
        Lose(ProxyEvent::Kind::LoseFault, number);
    } else if (what == FrameFault::Swap && !held_) {
        held_ =
            Frame{uv_now(&board_->loop) + kHeldMs, number, std::move(bytes)};
        return;
    } else if (what == FrameFault::Double) {
        board_->Note(ProxyEvent::Kind::Double, *from_, to_, number);
        Queue(number, bytes);
        Queue(number, std::move(bytes));
    } else {
        Queue(number, std::move(bytes));
    }
    ReleaseHeld();
}

void ProxyLink::Queue(uint64_t number, std::string bytes)
{
    queued_ += bytes.size();
    queue_.push_back(
        {uv_now(&board_->loop) + Rules().delay_ms, number, std::move(bytes)});
}

void ProxyLink::ReleaseHeld()
{
    if (!held_)
        return;
    Frame frame = std::move(*held_);

    held_.reset();
    Queue(frame.number, std::move(frame.bytes));
}

// ---- The target ----

void ProxyLink::Connect()
{
    const auto at = board_->targets.find(to_);
    sockaddr_in address;

    if (at == board_->targets.end() || at->second == 0) {
        Close();
        return;
    }
    uv_tcp_init(&board_->loop, &target_.tcp);
    target_opened_ = true;
    handles_++;
    connect_.data = this;
    uv_ip4_addr("127.0.0.1", at->second, &address);
    const int error = uv_tcp_connect(
        &connect_, &target_.tcp, reinterpret_cast<const sockaddr *>(&address),
        [](uv_connect_t *request, int status) {
            auto *link = static_cast<ProxyLink *>(request->data);

            if (link->closing_)
                return;
            if (status != 0) {
                link->Close();
                return;
            }
            std::string greeting(GREETING_SIZE, '\0');
            greeting_write(reinterpret_cast<uint8_t *>(greeting.data()),
                           *link->from_);
            link->connected_ = true;
            uv_tcp_nodelay(&link->target_.tcp, 1);
            link->WatchTarget();
            link->Deliver(std::move(greeting));
            link->Pump();
        });
    if (error != 0)
        Close();
}

// It has nothing to say; but its end is to be noticed.
void ProxyLink::WatchTarget()
{
    uv_read_start(
        reinterpret_cast<uv_stream_t *>(&target_.tcp),
        [](uv_handle_t *handle, size_t, uv_buf_t *room) {
            ProxyLink *link = reinterpret_cast<End *>(handle)->link;

            *room = uv_buf_init(link->room_, sizeof link->room_);
        },
        [](uv_stream_t *stream, ssize_t size, const uv_buf_t *) {
            if (size < 0)
                reinterpret_cast<End *>(stream)->link->Close();
        });
}

void ProxyLink::Deliver(std::string bytes)
{
    auto *write = new Write{{}, std::move(bytes)};
    const uv_buf_t buffer = uv_buf_init(
        write->bytes.data(), static_cast<unsigned>(write->bytes.size()));

    write->request.data = write;
    if (uv_write(&write->request, reinterpret_cast<uv_stream_t *>(&target_.tcp),
                 &buffer, 1, [](uv_write_t *request, int status) {
                     ProxyLink *link =
                         reinterpret_cast<End *>(request->handle)->link;

                     delete static_cast<Write *>(request->data);
                     if (status != 0)
                         link->Close();
                     else
                         link->Pump();
                 }) != 0) {
        delete write;
        Close();
    }
}

void ProxyLink::Pump()
{
    const uint64_t now = uv_now(&board_->loop);
    auto *target = reinterpret_cast<uv_stream_t *>(&target_.tcp);
    uint64_t next = UINT64_MAX;

    if (closing_ || !from_)
        return;
    if (held_ && (held_->due_ms <= now || source_ended_))
        ReleaseHeld();
    while (connected_ && !closing_ && !queue_.empty() &&
           queue_.front().due_ms <= now &&
           uv_stream_get_write_queue_size(target) < kQueuedMax) {
        Frame frame = std::move(queue_.front());

        queue_.pop_front();
        queued_ -= frame.bytes.size();
        if (Rules().cut) {
            Lose(ProxyEvent::Kind::LoseCut, frame.number);
            continue;
        }
        Rules().counts.delivered++;
        Deliver(std::move(frame.bytes));
    }
    if (closing_)
        return;
    if (source_ended_ && queue_.empty() &&
        (!connected_ || uv_stream_get_write_queue_size(target) == 0)) {
        Close();
        return;
    }
    if (held_)
        next = held_->due_ms;
    if (!queue_.empty() && queue_.front().due_ms < next)
        next = queue_.front().due_ms;
    if (next != UINT64_MAX && next > now)
        uv_timer_start(
            &timer_,
            [](uv_timer_t *timer) {
                static_cast<ProxyLink *>(timer->data)->Pump();
            },
            next - now, 0);
    Throttle();
}

// ---- The end ----

void ProxyLink::Close()
{
    const auto closed = [](uv_handle_t *handle) {
        reinterpret_cast<End *>(handle)->link->HandleClosed();
    };

    if (closing_)
        return;
    closing_ = true;
    if (held_)
        ReleaseHeld();
    for (const Frame &frame : queue_)
        Lose(ProxyEvent::Kind::LoseDown, frame.number);
    gone_(this);
    uv_close(reinterpret_cast<uv_handle_t *>(&source_.tcp), closed);
    if (target_opened_)
        uv_close(reinterpret_cast<uv_handle_t *>(&target_.tcp), closed);
    uv_close(reinterpret_cast<uv_handle_t *>(&timer_), [](uv_handle_t *handle) {
        static_cast<ProxyLink *>(handle->data)->HandleClosed();
    });
}

void ProxyLink::HandleClosed()
{
    if (--handles_ == 0)
        delete this;
}

} // namespace judge
