/// How a run of a command ended.
enum CommandOutcome: Hashable, Sendable {
    case exited(Int32)
    case killed(Int32)
    case timedOut
    /// Somebody else has taken its exit status.
    case lost
    case notStarted(SpawnFailure)
}
