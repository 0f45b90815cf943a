// proxy_link.h: one connection through the proxy, from a sender to a target,
// and the rules for what it carries. For proxy.cc alone; all of it happens in
// the proxy's thread.
#pragma once

#include "harness/cluster/proxy.h"

#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <uv.h>

namespace judge
{

// What holds for all that one node sends to another.
struct LinkRules {
    bool cut = false;
    uint32_t delay_ms = 0;
    std::map<uint64_t, FrameFault> faults; // by the number of the frame
    LinkCounts counts;
};

// What the links of a proxy share.
struct LinkBoard {
    uv_loop_t loop;
    std::map<std::pair<node_id, node_id>, LinkRules> rules; // from, to
    std::map<node_id, uint16_t> targets;
    bool record = false;
    std::vector<ProxyEvent> events;

    void Note(ProxyEvent::Kind kind, node_id from, node_id to,
              uint64_t number = 0);
};

class ProxyLink
{
  public:
    // Accepts the connection that waits at `listener`. The link frees itself
    // when it is closed; before that it calls `gone`.
    ProxyLink(LinkBoard *board, node_id to, uv_stream_t *listener,
              std::function<void(ProxyLink *)> gone);

    void Close();
    bool Closing() const
    {
        return closing_;
    }
    bool Stands(node_id from, node_id to) const; // connected from end to end

  private:
    struct Frame {
        uint64_t due_ms, number;
        std::string bytes;
    };
    // libuv gives handles back; this finds the link.
    struct End {
        uv_tcp_t tcp;
        ProxyLink *link;
    };
    struct Write {
        uv_write_t request;
        std::string bytes;
    };

    ~ProxyLink() = default;
    LinkRules &Rules();
    void ReadSource(ssize_t size);
    bool TakeGreeting();
    void TakeFrames();
    void Arrive(uint64_t number, std::string bytes);
    void Queue(uint64_t number, std::string bytes);
    void ReleaseHeld();
    void Connect();
    void Pump(); // delivers what is due
    void Deliver(std::string bytes);
    void Throttle(); // reads only as fast as the target does
    void Lose(ProxyEvent::Kind kind, uint64_t number);
    void WatchTarget();
    void HandleClosed();

    LinkBoard *board_;
    const node_id to_;
    std::function<void(ProxyLink *)> gone_;
    std::optional<node_id> from_;
    End source_, target_;
    uv_timer_t timer_;
    uv_connect_t connect_;
    bool connected_ = false, source_ended_ = false, closing_ = false;
    bool reading_ = false, target_opened_ = false;
    int handles_ = 0;
    std::string unread_;
    std::deque<Frame> queue_;
    std::optional<Frame> held_; // by a swap
    size_t queued_ = 0;         // bytes
    char room_[64 << 10];
};

} // namespace judge
