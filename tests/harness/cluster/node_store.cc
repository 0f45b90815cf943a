#include "harness/cluster/node_store.h"

#include "harness/violation.h"

#include <lmdb.h>
#include <memory>

namespace judge
{
namespace
{

// The reference's, see coordinator.c.
constexpr char kHeldPrefix = 'k';

void Check(int error, const std::filesystem::path &folder)
{
    if (error != 0)
        throw InfraError("the store in " + folder.string() +
                         " cannot be read: " + mdb_strerror(error));
}

std::string Bytes(const MDB_val &value)
{
    return {static_cast<const char *>(value.mv_data), value.mv_size};
}

void ReadAll(MDB_txn *txn, const std::filesystem::path &folder,
             Content *content)
{
    MDB_dbi dbi;
    MDB_cursor *opened = nullptr;
    MDB_val key, value;

    Check(mdb_dbi_open(txn, nullptr, 0, &dbi), folder);
    Check(mdb_cursor_open(txn, dbi, &opened), folder);
    const std::unique_ptr<MDB_cursor, void (*)(MDB_cursor *)> cursor(
        opened, mdb_cursor_close);
    int error;
    while ((error = mdb_cursor_get(opened, &key, &value, MDB_NEXT)) == 0)
        content->emplace(Bytes(key), Bytes(value));
    if (error != MDB_NOTFOUND)
        Check(error, folder);
}

} // namespace

// Several processes may use an LMDB environment: a reader sees what was committed
// last. (That a node's store is its own is the node's rule, not LMDB's.)
Content ReadStore(const std::filesystem::path &folder)
{
    MDB_env *opened = nullptr;
    MDB_txn *begun = nullptr;
    Content content;

    if (!std::filesystem::exists(folder / "data.mdb"))
        return content;
    Check(mdb_env_create(&opened), folder);
    const std::unique_ptr<MDB_env, void (*)(MDB_env *)> env(opened,
                                                            mdb_env_close);
    Check(mdb_env_open(opened, folder.c_str(), MDB_RDONLY | MDB_NOTLS, 0),
          folder);
    Check(mdb_txn_begin(opened, nullptr, MDB_RDONLY, &begun), folder);
    const std::unique_ptr<MDB_txn, void (*)(MDB_txn *)> txn(begun,
                                                            mdb_txn_abort);
    ReadAll(begun, folder, &content);
    return content;
}

Content HeldIn(const Content &store)
{
    Content held;

    for (const auto &[place, set] : store)
        if (place[0] == kHeldPrefix)
            held.emplace(place.substr(1), set);
    return held;
}

} // namespace judge
