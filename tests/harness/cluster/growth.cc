#include "harness/cluster/growth.h"

#include "harness/cluster/node_store.h"

#include <algorithm>
#include <fstream>
#include <iomanip>
#include <iterator>
#include <sstream>

namespace fs = std::filesystem;

namespace judge
{
namespace
{

constexpr uint64_t kMiB = 1 << 20;
constexpr uint64_t kDescriptors = 24;
constexpr uint64_t kMemory = 4 * kMiB, kMemoryPerByte = 16;
constexpr uint64_t kStore = kMiB, kStorePerByte = 8;

const char kRule[] =
    "what a node takes of the machine does not grow: at rest no more than 24 "
    "descriptors, one a client and two a peer; 4 MiB of memory and 16 bytes "
    "for each byte of its store's entries, when they were most; 1 MiB of disk "
    "and 8 bytes for each such byte";

uint64_t MemoryOf(pid_t pid)
{
    std::ifstream file("/proc/" + std::to_string(pid) + "/status");
    const std::string name = "RssAnon:";

    for (std::string line; std::getline(file, line);)
        if (line.compare(0, name.size(), name) == 0)
            return std::stoull(line.substr(name.size())) * 1024;
    return 0; // it has just ended
}

NodeSize SizeOf(const RealCluster &cluster, node_id node)
{
    const fs::path descriptors =
        "/proc/" + std::to_string(cluster.Pid(node)) + "/fd";
    std::error_code gone;
    NodeSize size;

    size.descriptors = static_cast<uint64_t>(std::distance(
        fs::directory_iterator(descriptors, gone), fs::directory_iterator()));
    size.memory = MemoryOf(cluster.Pid(node));
    size.store = fs::file_size(cluster.StoreFolder(node) / "data.mdb", gone);
    return size;
}

uint64_t EntriesOf(const RealCluster &cluster, node_id node)
{
    uint64_t bytes = 0;

    for (const auto &[key, value] : ReadStore(cluster.StoreFolder(node)))
        bytes += key.size() + value.size();
    return bytes;
}

std::string Excess(const char *what, uint64_t seen, uint64_t most)
{
    return seen <= most
               ? ""
               : std::to_string(seen) + " " + what + " where at most " +
                     std::to_string(most) + " are allowed; ";
}

} // namespace

void Growth::Note(node_id node, const NodeSize &size)
{
    NodeSize &most = records_[node].most;

    most.descriptors = std::max(most.descriptors, size.descriptors);
    most.memory = std::max(most.memory, size.memory);
    most.store = std::max(most.store, size.store);
}

void Growth::Sample(const RealCluster &cluster)
{
    for (const node_id node : cluster.Nodes())
        if (cluster.IsUp(node))
            Note(node, SizeOf(cluster, node));
}

Finding Growth::AtRest(const RealCluster &cluster)
{
    const uint64_t peers = cluster.Nodes().size() - 1;
    Finding finding = {Finding::Verdict::Holds, kRule, "", {}, {}, ""};

    for (const node_id node : cluster.Nodes()) {
        const NodeSize size = SizeOf(cluster, node);
        Record &record = records_[node];

        Note(node, size);
        record.entries = EntriesOf(cluster, node);
        record.entries_most = std::max(record.entries_most, record.entries);
        record.last = size;
        if (!record.rested)
            record.first = size;
        record.rested = true;
        const std::string excess =
            Excess("descriptors", size.descriptors,
                   kDescriptors + clients_ + 2 * peers) +
            Excess("bytes of memory", size.memory,
                   kMemory + kMemoryPerByte * record.entries_most) +
            Excess("bytes of disk", size.store,
                   kStore + kStorePerByte * record.entries_most);
        if (excess.empty())
            continue;
        finding.verdict = Finding::Verdict::Broken;
        finding.text += "node " + std::to_string(node) + " has " + excess +
                        "its entries are " + std::to_string(record.entries) +
                        " bytes, and were " +
                        std::to_string(record.entries_most) + " at most. ";
    }
    if (finding.verdict == Finding::Verdict::Broken)
        finding.text += "\n" + Show();
    return finding;
}

std::string Growth::Show() const
{
    std::ostringstream text;

    text
        << "        descriptors       KiB of memory        KiB of disk         "
           " "
           "bytes of\n"
           "node  first most last    first   most   last  first   most   last  "
           "entries\n";
    for (const auto &[node, record] : records_) {
        text << std::setw(4) << node << ' ';
        for (const NodeSize *size : {&record.first, &record.most, &record.last})
            text << std::setw(5) << size->descriptors;
        text << "  ";
        for (const NodeSize *size : {&record.first, &record.most, &record.last})
            text << std::setw(7) << size->memory / 1024;
        for (const NodeSize *size : {&record.first, &record.most, &record.last})
            text << std::setw(7) << size->store / 1024;
        text << std::setw(9) << record.entries << "\n";
    }
    return text.str();
}

} // namespace judge
