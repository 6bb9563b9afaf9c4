/// How one configuration takes the place of another while the daemon runs. It decides and performs nothing.
///
///     working ──requested──▶ opening ──opened──▶ handingOver ──adopted──▶ working
///        ▲                   │  ▲ ▲                   │
///        └──────failed───────┘  └─┴── at once, where it was requested again meanwhile
///
///     each of them ──stopped──▶ stopping, which has no way out
///
/// Only `opening` reads the file and only one opens at a time, so that a request costs one successor at most. The old
/// daemon works on in `opening` and finishes what is in flight in `handingOver`; what it holds, its database's lock
/// included, is let go when it has, and not before.
package struct ReloadState: Sendable {
    private enum State {
        /// One configuration is worked by.
        case working
        /// The file is read and all it names is opened.
        case opening(isRequestedAgain: Bool)
        /// The successor is open and waits until the daemon has drained.
        case handingOver(isRequestedAgain: Bool)
        /// No configuration takes the place of another any more.
        case stopping(isReloadOwed: Bool)
    }

    private var state = State.working

    package init() {}

    package var isStopping: Bool { if case .stopping = state { true } else { false } }

    /// Whether a reload was wished for that did not come about: who goes on in this process reads the file.
    package var isReloadOwed: Bool {
        switch state {
        case .working: false
        case .opening, .handingOver: true
        case .stopping(let isReloadOwed): isReloadOwed
        }
    }

    /// The configuration is to be read again. One wish is remembered while another is under way: the file may have
    /// changed after it was read.
    /// - Returns: whether to open it now.
    package mutating func requested() -> Bool {
        switch state {
        case .working:
            state = .opening(isRequestedAgain: false)
            return true
        case .opening: state = .opening(isRequestedAgain: true)
        case .handingOver: state = .handingOver(isRequestedAgain: true)
        case .stopping: state = .stopping(isReloadOwed: true)
        }
        return false
    }

    /// The successor is open.
    /// - Returns: whether to drain the daemon for it; false: nobody waits for it any more, let it go.
    package mutating func opened() -> Bool {
        guard case .opening(let isRequestedAgain) = state else { return false }
        state = .handingOver(isRequestedAgain: isRequestedAgain)
        return true
    }

    /// The successor could not be opened: the old configuration stays.
    /// - Returns: whether to open it once more.
    package mutating func failed() -> Bool { settle() }

    /// The daemon has drained.
    /// - Returns: whether the successor is to take its place; false: it is the end.
    package func drained() -> Bool { if case .handingOver = state { true } else { false } }

    /// The successor has taken its place.
    /// - Returns: whether to open yet another one.
    package mutating func adopted() -> Bool { settle() }

    /// The daemon is to end.
    /// - Returns: false when it was told so before.
    package mutating func stopped() -> Bool {
        guard !isStopping else { return false }
        state = .stopping(isReloadOwed: isReloadOwed)
        return true
    }

    /// One of them works again; what was requested meanwhile begins.
    private mutating func settle() -> Bool {
        switch state {
        case .opening(let isRequestedAgain), .handingOver(let isRequestedAgain):
            state = isRequestedAgain ? .opening(isRequestedAgain: false) : .working
            return isRequestedAgain
        case .working, .stopping: return false
        }
    }
}
