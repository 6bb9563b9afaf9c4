extension CommandSpecification {
    static let configOption = ["config": Option.value("FILE")]

    /// In the order in which `help` lists them.
    static let all: [CommandSpecification] = [
        CommandSpecification(
            name: "run", synopsis: "[--config FILE]", purpose: "the daemon: a cycle every reconcile.interval",
            details: """
                Runs until SIGTERM or SIGINT, then finishes what is in flight and exits 0; a second signal ends it at
                once. SIGHUP reads the configuration again; a bad one is reported and the old one stays. Logs to
                stdout; under systemd it says READY=1, STATUS=, WATCHDOG=1 and STOPPING=1.
                """, options: configOption),
        CommandSpecification(
            name: "once", synopsis: "[--dry-run] [--json] [--config FILE]",
            purpose: "one pass over all that is due, then the alerts it causes",
            details: """
                The last line on stdout sums up; with --json it is the only one and the log goes to stderr.
                --dry-run asks the provider and reports, but writes nothing and alerts nobody. It does not poll.
                Exit: 0; 69 the provider is unavailable or refuses (what could be done is done); 75 the database is
                locked, or another instance works on it.
                """, options: configOption.merging(["dry-run": .flag, "json": .flag]) { first, _ in first }),
        CommandSpecification(
            name: "check", synopsis: "[--offline] [--config FILE]",
            purpose: "configuration, files, permissions, schema, provider and sinks",
            details: """
                Without --offline it also sends one authenticated request and tries to reach every alert sink's
                address. Exit: 0; 78 something is wrong here; 69 the provider is unavailable or refuses.
                """, options: configOption.merging(["offline": .flag]) { first, _ in first }),
        CommandSpecification(
            name: "status", synopsis: "[--json] [--check] [--config FILE]",
            purpose: "counts, oldest pending, last cycle, provider, firing alerts",
            details: """
                Reads only; works while the daemon runs. --check exits 0 ok, 1 a warning or an error fires, 2 a
                critical alert fires or no cycle succeeded for five intervals, 3 cannot tell.
                """, options: configOption.merging(["json": .flag, "check": .flag]) { first, _ in first }),
        CommandSpecification(
            name: "list", synopsis: "[--status S] [--reason R] [--limit N] [--json] [--config FILE]",
            purpose: "messages, newest first",
            details: """
                S is pending, sent or dead_letter; R is reported, stale, uncertain or unverifiable; N is 50 unless
                given.
                """,
            options: configOption.merging(
                ["status": .value("S"), "reason": .value("R"), "limit": .value("N"), "json": .flag]
            ) { first, _ in first }),
        CommandSpecification(
            name: "show", synopsis: "MSGKEY [--json] [--config FILE]",
            purpose: "one message: row, attempts, next attempt, timeline",
            details: "Exit: 0; 1 there is no such message.",
            options: configOption.merging(["json": .flag]) { first, _ in first }, operands: 1...1),
        CommandSpecification(
            name: "explain", synopsis: "MSGKEY [--json] [--config FILE]",
            purpose: "what would be done next for a message, and why",
            details: """
                Reads only and asks nobody: when it is the message's turn, by which question it would be asked about
                (a sweep through the history, its send, or by itself), and what follows from which answer. A running
                daemon may know better than to try the history again. Exit: 0; 1 there is no such message.
                """, options: configOption.merging(["json": .flag]) { first, _ in first }, operands: 1...1),
        CommandSpecification(
            name: "requeue", synopsis: "MSGKEY… | --reason R [--code C] [--config FILE]",
            purpose: "dead letters back to PENDING, due now",
            details: """
                By key, or all dead letters the reconciler made for a reason (and with a report code). A message the
                provider still reports as failed becomes a dead letter again; nothing is sent anew.
                """,
            options: configOption.merging(["reason": .value("R"), "code": .value("C")]) { first, _ in first },
            operands: 0...10_000),
        CommandSpecification(
            name: "ack", synopsis: "ALERT [LABEL=VALUE…] [--config FILE]",
            purpose: "silences a firing alert until it resolves",
            details: """
                Without labels all that fire by that name: `ack AccountRefused`, `ack SinkFailing sink=slack`. Works
                while the daemon runs; status shows what is acknowledged. The end is told all the same.
                An alertmanager sink goes on hearing of it, lest it take it to be over: silence it there, too.
                Exit: 0; 1 no such alert fires.
                """, options: configOption, operands: 1...20),
        CommandSpecification(
            name: "alert-test", synopsis: "[SINK] [--config FILE]",
            purpose: "sends a test to one alert sink, or to all",
            details: """
                SINK is its name (its type, unless the configuration gives it another). The test is called AlertTest,
                says that it is one, and is of the sink's min_severity. Where it stays open, close it by hand.
                Exit: 0 all took it; 1 there is no such sink; 74 one did not take it.
                """, options: configOption, operands: 0...1),
        CommandSpecification(
            name: "init-db", synopsis: "[--config FILE]",
            purpose: "creates the default table in an empty or missing database file",
            details: "Refuses a file that holds anything.", options: configOption),
        CommandSpecification(
            name: "backup", synopsis: "FILE [--config FILE]",
            purpose: "a complete, checked copy of the database, also while the daemon runs",
            details: """
                Copies the whole database with SQLite's online backup: the application's table and the reconciler's
                own. FILE appears when the copy is complete, checked and on the disk, with mode 0600; until then it is
                FILE.partial. A FILE that exists is never replaced. Exit: 0; 74 FILE cannot be made (it exists, no
                room, no such folder) or the database is damaged; 75 the database is locked, or without a write-ahead
                log and never at rest; 78.
                """, options: configOption, operands: 1...1),
        CommandSpecification(
            name: "report", synopsis: "--html FILE [--config FILE]",
            purpose: "the status page, made once",
            details: """
                How things stand as one HTML file for a browser: what fires and what it means, pending messages by age,
                settlements of seven days, dead letters by code, the provider, the last cycles. Reads only; works while
                the daemon runs, which makes the same page by itself where status_page.file is set. FILE is replaced
                whole, with mode 0644. Exit: 0; 74 FILE cannot be written; 75 the database is locked; 78.
                """, options: configOption.merging(["html": .value("FILE")]) { first, _ in first }),
        CommandSpecification(
            name: "demo", synopsis: "",
            purpose: "the daemon against the built-in simulator and a scratch database",
            details: """
                Lost webhooks, a suspended account, stale messages and a late report on stage, in under two minutes,
                on 127.0.0.1 only. The database and the whole log stay in a scratch folder that it names at the end.
                """, options: [:]),
        CommandSpecification(
            name: "completion", synopsis: "bash|zsh|fish", purpose: "a script that completes commands and options",
            details: """
                bash: source <(bizgo-reconciler completion bash)
                zsh:  bizgo-reconciler completion zsh > a folder of $fpath/_bizgo-reconciler
                fish: bizgo-reconciler completion fish > ~/.config/fish/completions/bizgo-reconciler.fish
                The Debian package installs all three.
                """, options: [:], operands: 1...1),
        CommandSpecification(
            name: "version", synopsis: "", purpose: "the version, and those of libcurl and SQLite", details: "",
            options: [:]),
        CommandSpecification(
            name: "help", synopsis: "[COMMAND]", purpose: "this list, or one command", details: "", options: [:],
            operands: 0...1),
    ]

    static func named(_ name: String) -> CommandSpecification? {
        all.first { $0.name == name }
    }
}
