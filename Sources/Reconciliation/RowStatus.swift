/// The status of a message's row in the application's table. The words are those of commands, metrics and the
/// reconciler's own tables, whatever the application's are.
package enum RowStatus: String, Hashable, Sendable {
    case pending
    case sent
    case deadLetter = "dead_letter"
    /// A word of the application's own. Such a row is none of the reconciler's business.
    case other
}
