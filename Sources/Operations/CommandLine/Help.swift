/// What `help` prints.
package enum HelpText {
    /// - Parameter configuration: the file that is read unless another is named.
    package static func overview(configuration: String) -> String {
        let width = Command.allCases.map(\.rawValue.count).max() ?? 0
        let list = Command.allCases.map { command in
            let gap = String(repeating: " ", count: width - command.rawValue.count + 3)
            return "  " + command.rawValue + gap + command.specification.purpose
        }
        return """
            bizgo-reconciler COMMAND [--config FILE]

            Settles AlimTalk messages whose delivery report never came, and tells ops.

            \(list.joined(separator: "\n"))

            The configuration is \(configuration) unless --config names another.
            `bizgo-reconciler help COMMAND` says more. Errors go to stderr, one line.
            """
    }

    package static func of(_ command: Command) -> String {
        let specification = command.specification
        let head = "bizgo-reconciler \(command.rawValue) \(specification.synopsis)\n\n\(specification.purpose)"
        return command.details.isEmpty ? head : head + "\n\n" + command.details
    }
}

extension Command {
    /// Of `--since` and `--until`.
    private static let times = """
        T is a time of acceptance: 2026-11-29, 2026-11-29T15:25 or "2026-11-29 15:25:30", in time_zone unless an
        offset follows, as in 2026-11-29T15:25+09:00. --since includes it, --until does not.
        """

    /// What `help NAME` says below the synopsis.
    var details: String {
        switch self {
        case .run:
            """
            Runs until SIGTERM or SIGINT, then finishes what is in flight and exits 0; a second signal ends it at
            once. SIGHUP reads the configuration again; a bad one is reported and the old one stays. Logs to
            stdout; under systemd it says READY=1, STATUS=, WATCHDOG=1 and STOPPING=1.
            """
        case .once:
            """
            The last line on stdout sums up; with --json it is the only one and the log goes to stderr.
            --dry-run asks the provider and reports, but writes nothing and alerts nobody. It does not poll.
            Exit: 0; 69 the provider is unavailable or refuses (what could be done is done); 75 the database is
            locked, or another instance works on it.
            """
        case .check:
            """
            Without --offline it also sends one authenticated request and tries to reach every alert sink's
            address. Exit: 0; 78 something is wrong here; 69 the provider is unavailable or refuses.
            """
        case .status:
            """
            Reads only; works while the daemon runs. --check exits 0 ok, 1 a warning or an error fires, 2 a
            critical alert fires or no cycle succeeded for five intervals, 3 cannot tell.
            """
        case .list:
            """
            S is pending, sent or dead_letter; R is reported, stale, uncertain or unverifiable, and its dead letters
            come by their keys, highest first; W is a word of the column service_type; N is 50 unless given.
            \(Self.times)
            """
        case .show: "Exit: 0; 1 there is no such message."
        case .explain:
            """
            Reads only and asks nobody: when it is the message's turn, by which question it would be asked about
            (a sweep through the history, its send, or by itself), and what follows from which answer. A running
            daemon may know better than to try the history again. Exit: 0; 1 there is no such message.
            """
        case .requeue:
            """
            By key, or all dead letters the reconciler made for a reason (R as in list); --code, --since and --until
            narrow that, and say nothing without it. A message the provider still reports as failed becomes a dead
            letter again; nothing is sent anew.
            \(Self.times)
            With --json the log goes to stderr. Exit: 0; 1 a key leads to no dead letter of ours; 78 the table
            refuses a row.
            """
        case .ask:
            """
            Whatever their schedule, and whatever their rows say: a row that says SENT stays so, but you learn what the
            provider says. Beside a daemon the daemon asks, at once.
            Exit: 0; 1 there is no such message; 69 the provider did not answer about some.
            """
        case .verify:
            """
            Without --day: what was sent in the last 24 hours. DATE is 2026-11-29, a day in time_zone. Goes through the
            provider's history page by page, about 1,000 messages a request. Dead letters that were delivered become SENT;
            alerts are told; nothing else is changed. false_sent: the row says SENT, and every channel has failed.
            missing_row: there is no row. healed: it was a dead letter. Beside a daemon the daemon does it.
            Exit: 0; 1 something differs; 69 the provider did not answer, or generation omni, which cannot be asked.
            """
        case .record:
            """
            Reads the provider's answer to a send from FILE, or from standard input: of either generation, with one
            recipient or many. Each recipient's own code counts. A message that has a row already is left as it is.
            For the column service_type: --service-type, else the first of store.service_types, else the column's
            default. Works while the daemon runs.
            Exit: 0; 65 it is no answer to a send, or an accepted recipient has no msgKey (what can be recorded is).
            """
        case .send:
            """
            Reads the body of POST send/omni from FILE, or from standard input, without idempotencyKey, idempotencyTtl
            and ref, which are the program's own. Rows are written first, without a msgKey; then the request is put,
            and the keys are noted. Where no answer comes, the send is kept: the daemon, `once` or the next `send`
            repeats it with the same idempotency key for 23 hours, or finds it in the history. Do not send it again.
            Beside a daemon the daemon sends. Generation comm only.
            Exit: 0; 65 not such a body; 69 nothing was accepted, or it is not known yet; stderr says which.
            """
        case .ack:
            """
            Without labels all that fire by that name: `ack AccountRefused`, `ack SinkFailing sink=slack`. Works
            while the daemon runs; status shows what is acknowledged. The end is told all the same.
            An alertmanager sink goes on hearing of it, lest it take it to be over: silence it there, too.
            Exit: 0; 1 no such alert fires.
            """
        case .alertTest:
            """
            SINK is its name (its type, unless the configuration gives it another). The test is called AlertTest,
            says that it is one, and is of the sink's min_severity. Where it stays open, close it by hand.
            Exit: 0 all took it; 1 there is no such sink; 74 one did not take it.
            """
        case .initDatabase: "Refuses a file that holds anything."
        case .backup:
            """
            Copies the whole database with SQLite's online backup: the application's table and the reconciler's
            own. FILE appears when the copy is complete, checked and on the disk, with mode 0600; until then it is
            FILE.partial. A FILE that exists is never replaced. Exit: 0; 74 FILE cannot be made (it exists, no
            room, no such folder) or the database is damaged; 75 the database is locked, or without a write-ahead
            log and never at rest; 78.
            """
        case .report:
            """
            How things stand as one HTML file for a browser: what fires and what it means, pending messages by age,
            settlements of seven days, dead letters by code, the provider, the last cycles. Reads only; works while
            the daemon runs, which makes the same page by itself where status_page.file is set. FILE is replaced
            whole, with mode 0644. Exit: 0; 74 FILE cannot be written; 75 the database is locked; 78.
            """
        case .demo:
            """
            Lost webhooks, a suspended account, stale messages and a late report on stage, in under two minutes,
            on 127.0.0.1 only. The database and the whole log stay in a scratch folder that it names at the end.
            --sandbox makes FOLDER instead, with a database full of lost webhooks and a configuration for it, which it
            prints, and plays the provider for 15 minutes: for trying the other commands without a key.
            """
        case .completion:
            """
            bash: source <(bizgo-reconciler completion bash)
            zsh:  bizgo-reconciler completion zsh > a folder of $fpath/_bizgo-reconciler
            fish: bizgo-reconciler completion fish > ~/.config/fish/completions/bizgo-reconciler.fish
            The Debian package installs all three.
            """
        case .version, .help: ""
        }
    }
}
