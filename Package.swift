// swift-tools-version: 6.2
import PackageDescription

// The targets are the architecture: arrows point inwards only, and
// `swift build --explicit-target-dependency-import-check error` (deploy/test) makes a wrong one a build error.
// No Swift packages: Foundation and Dispatch from the toolchain, libcurl and libsqlite3 from the system; a database
// server's client library only with its trait, and no trait is on unless it is asked for.

let settings: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .treatAllWarnings(as: .error),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
]

func library(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
    .target(name: name, dependencies: dependencies, swiftSettings: settings)
}

func tests(_ name: String, _ dependencies: [Target.Dependency], exclude: [String] = []) -> Target {
    .testTarget(
        name: "\(name)Tests", dependencies: [.init(stringLiteral: name), "Support"] + dependencies, exclude: exclude,
        swiftSettings: settings)
}

/// `TEST_TARGETS="Engine HTTP"` builds the tests of these alone: a sanitizer has nothing to find in some of the others.
let chosen = Context.environment["TEST_TARGETS"]?.split(separator: " ").map { "\($0)Tests" }

let testTargets = [
    tests("Reconciliation", []),
    tests("Engine", ["Reconciliation", "Ledger"]),
    tests("BizgoAPI", ["Reconciliation", "Engine", "HTTP"]),
    tests("HTTP", ["Reconciliation", "Engine", "CCurl"], exclude: ["server.py"]),
    tests("Ledger", ["Reconciliation", "Engine", "CSQLite"]),
    tests("Alerting", ["Reconciliation", "Engine"]),
    tests("Operations", ["Reconciliation", "Engine", "Ledger"]),
    tests("BizgoSimulator", ["Engine", "HTTP"]),
]

let package = Package(
    name: "bizgo-reconciler",
    products: [
        .executable(name: "bizgo-reconciler", targets: ["bizgo-reconciler"]),
        .executable(name: "bizgo-simulator", targets: ["bizgo-simulator"]),
    ],
    traits: [
        .trait(name: "MySQL", description: "The application's table in MySQL or MariaDB: needs libmariadb-dev"),
        .trait(name: "PostgreSQL", description: "The application's table in PostgreSQL: needs libpq-dev"),
    ],
    targets: [
        .systemLibrary(name: "CCurl"),
        .systemLibrary(name: "CSQLite"),
        .systemLibrary(name: "CSystem"),
        .systemLibrary(name: "CMariaDB"),
        .systemLibrary(name: "CPostgreSQL"),

        .target(
            name: "Reconciliation", exclude: ["Codes/report-codes.tsv"], swiftSettings: settings),
        library("Engine", ["Reconciliation"]),
        .target(
            name: "BizgoAPI", dependencies: ["Reconciliation", "Engine"], exclude: ["Codes/service-codes.tsv"],
            swiftSettings: settings),
        library("HTTP", ["Reconciliation", "Engine", "CCurl", "CSystem"]),
        library(
            "Ledger",
            [
                "Reconciliation", "Engine", "CSQLite", "CSystem",
                .target(name: "CMariaDB", condition: .when(traits: ["MySQL"])),
                .target(name: "CPostgreSQL", condition: .when(traits: ["PostgreSQL"])),
            ]),
        library("Alerting", ["Reconciliation", "Engine", "CSystem"]),
        library("Operations", ["Reconciliation", "Engine", "Ledger"]),
        library("BizgoSimulator", ["Reconciliation", "HTTP"]),

        .executableTarget(
            name: "bizgo-reconciler",
            dependencies: [
                "Reconciliation", "Engine", "BizgoAPI", "HTTP", "Ledger", "Alerting", "Operations",
                "BizgoSimulator", "CSQLite", "CSystem",
            ],
            swiftSettings: settings),
        .executableTarget(name: "bizgo-simulator", dependencies: ["BizgoSimulator"], swiftSettings: settings),

        .target(
            name: "Support", dependencies: ["Reconciliation", "Engine"], path: "Tests/Support",
            swiftSettings: settings),
    ] + testTargets.filter { chosen?.contains($0.name) ?? true }
)
