/// A report that matures at a time and is then offered by webhook or polling.
struct Announcement: Sendable, Equatable {
    var at: Int64
    var message: Int
    var channel: Int
}
