/// How pending rows are found.
package enum DuePlan: Hashable, Sendable {
    /// By an index: the time depends on how many are pending.
    case indexSearch(String)
    /// By walking the table: the time grows with it. `store.create_index: true` mends that.
    case tableWalk
}
