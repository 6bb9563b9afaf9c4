internal import Engine
internal import Reconciliation

extension LedgerError {
    /// What a server's error means for whoever runs the reconciler. What is wrong comes first: alerts are short.
    init(_ error: ServerError, _ server: ServerAddress, _ limits: ServerLimits) {
        let place = server.text
        let words = "\(error.message)\(error.code.isEmpty ? "" : " (\(error.code))")"
        switch error.kind {
        case .lost:
            self.init(
                .unreachable,
                "\(words): \(place) cannot be reached: check that the server runs and the way to it (store.url); it is tried"
                    + " again by itself")
        case .tooMany:
            self.init(
                .unreachable,
                "\(words): \(place) has no connection left: raise the server's or the account's limit; the reconciler needs"
                    + " four")
        case .refused:
            self.init(
                .unusable,
                "\(words): \(place) refuses us: check store.url and store.password_file, which a daemon reads when it starts"
                    + " and is reloaded")
        case .untrusted:
            self.init(
                .unusable,
                "\(words): \(place) is not believed: it must speak TLS, with a certificate in the name of that host, by an"
                    + " authority that this system knows (update-ca-certificates)")
        case .retry:
            self.init(
                .busy,
                "\(words) at \(place): rolled back again and again: other programs, or those at other nodes, change the same"
                    + " rows")
        case .busy:
            self.init(
                .busy,
                "\(words) at \(place): another program keeps rows locked (store.busy_timeout is"
                    + " \(limits.lock.inSeconds) s), or the server is slow")
        case .slow:
            self.init(
                .busy,
                "\(words) at \(place): the server ended a statement of ours, by itself (our limit is"
                    + " \(limits.answer.inSeconds) s) or for somebody: check the table's triggers and indexes, and the"
                    + " server's load")
        case .readOnly:
            self.init(
                .readOnly,
                "\(words): \(place) takes no writes: store.url must lead to the primary, also after a fail-over")
        case .forbidden:
            self.init(.readOnly, "\(words) at \(place): `check` names the GRANT that is missing")
        case .full:
            self.init(.full, "no room for \(place): \(words): make room on the server's disk")
        case .rejected:
            self.init(
                .rowRejected,
                "\(words): the table's own rules in \(place) refuse the change: check store.statuses and the table's"
                    + " constraints, foreign keys and triggers")
        case .schema where error.message.contains("reconciler_"):
            self = .ownTablesChanged(words, place)
        case .schema:
            self.init(
                .unusable,
                "\(words): the table in \(place) is no longer as it was; check store.columns and the table's triggers")
        case .damaged:
            self.init(.damaged, "\(words) at \(place): check the server's disk, and restore a backup if it says so")
        case .other:
            self.init(.unexpected, "\(words) at \(place)")
        }
    }
}
