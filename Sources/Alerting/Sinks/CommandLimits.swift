/// How long a command may take, and how long it has to end after it was told to.
package struct CommandLimits: Hashable, Sendable {
    package var timeout: Duration
    package var grace: Duration

    package init(timeout: Duration = .seconds(10), grace: Duration = .seconds(2)) {
        self.timeout = timeout
        self.grace = grace
    }
}
