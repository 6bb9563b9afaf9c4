/// The configuration with all its defaults, as the outside contract writes it.
let example = """
    {
      api: {
        generation: "comm",                  // "comm" | "omni"
        base_url: "https://mars.ibapi.kr",
        key_file: "/etc/bizgo-reconciler/api-key",  // comm; else env BIZGO_API_KEY, else systemd credential "api-key"
        client_id: null, client_password_file: null, // omni
        report_method: "webhook",            // "webhook" | "polling": what the console says for this key
        requests_per_second: 4,              // of the account's 5: the application needs some too; any
        burst: 4, max_in_flight: 4,          // positive number. Never more than burst + rate × t in any time t
        connect_timeout: "5s", timeout: "30s", ca_file: null, proxy: null,
      },
      reconcile: {
        interval: "60s",
        after: "10m",                        // leave this long to the webhook
        stale_after: "72h",
        retry: { first: "10m", factor: 2, max: "6h", jitter: 0.1 },
        window: "30d",                       // how far back the provider answers
      },
      store: {
        path: "/var/lib/bizgo-reconciler/notifications.db",
        table: "notification_history",
        service_types: null,                 // ["ALIMTALK"]: only rows with these words in `service_type` are ours
        columns: { id: "id", message_key: "external_id", status: "status", accepted_at: "created_at",
                   scheduled_at: null,       // when a reserved message is to leave
                   service_type: "service_type", report_code: "report_code",
                   error_message: "error_message", updated_at: "updated_at" },
        statuses: { pending: "PENDING", sent: "SENT", dead_letter: "DEAD_LETTER" },
        time_format: "iso8601", time_zone: "Asia/Seoul",
        busy_timeout: "5s", create_index: false, audit_retention: "90d",
      },
      alerts: {
        group_wait: "30s", repeat_every: "4h", keep_firing_for: "10m",
        language: "en",                                // "en" | "ko": of summaries
        pending_aging_after: "2h", backlog_above: 10000,
        webhook_gap: { share: 0.5, at_least: 20, window: "1h" },
        sinks: [ { type: "log" }, { type: "slack", url_file: "/etc/bizgo-reconciler/slack-url" } ],
      },
      time_zone: null,                     // what people read is in it: summaries, status, show, explain, pages.
                                           // Default: store.time_zone. Log and JSON stay in UTC
      heartbeat: { url_file: null, interval: "5m" },
      metrics: { textfile: null },
      status_page: { file: null },
      log: { level: "info", format: "logfmt" },      // "logfmt" | "json"
    }
    """

/// Every key, and none at its default.
let everyKey = """
    {
      api: {
        generation: "omni", base_url: "http://127.0.0.1:8080/gateway/", key_file: "/k",
        client_id: "id-1", client_password_file: "/p", report_method: "polling",
        requests_per_second: 2.5, burst: 1.5, max_in_flight: 2,
        connect_timeout: "1s", timeout: "2s", ca_file: "/ca.pem", proxy: "http://user:pw@proxy:3128",
      },
      reconcile: {
        interval: "500ms", after: "0s", stale_after: "1h", window: "60m",
        retry: { first: "1s", factor: 1, max: "1000ms", jitter: 0 },
      },
      store: {
        path: "rows.db", table: "sent messages", service_types: ["ALIMTALK", "SMS"],
        columns: { id: null, message_key: "k", status: "s", accepted_at: "a", scheduled_at: "l", service_type: "t",
                   report_code: null, error_message: null, updated_at: null },
        statuses: { pending: "0", sent: "1", dead_letter: "2" },
        time_format: "unix_ms", time_zone: "-03:30",
        busy_timeout: "0s", create_index: true, audit_retention: "1d",
      },
      alerts: {
        group_wait: "0s", repeat_every: "1s", keep_firing_for: "0s", language: "ko",
        pending_aging_after: "1m", backlog_above: 0, webhook_gap: { share: 1, at_least: 1, window: "1s" },
        sinks: [
          { type: "log", name: "journal", min_severity: "warning" },
          { type: "slack", url: "https://s.example/x?y=1", min_severity: "critical" },
          { type: "jandi", url_file: "/jandi" },
          { type: "webhook", url: "http://u:p@hook.example:81" },
          { type: "alertmanager", url: "http://[::1]:9093" },
          { type: "pagerduty", routing_key_file: "/rk" },
          { type: "pagerduty", name: "pd test", routing_key_file: "/rk", url: "http://localhost:1", min_severity: "error" },
          { type: "command", argv: ["/bin/page", "", "ops now"] },
        ],
      },
      time_zone: "+05:30",
      heartbeat: { url_file: "/hb", interval: "1m" },
      metrics: { textfile: "/m.prom" },
      status_page: { file: "/s.html" },
      log: { level: "debug", format: "json" },
    }
    """
