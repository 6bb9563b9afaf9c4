// Which servers this program can speak to: what it was built for.

extension ServerAddress.Scheme {
    /// The trait of the package that brings its client library.
    private var trait: String {
        switch self {
        case .mysql: "MySQL"
        case .postgresql: "PostgreSQL"
        }
    }

    /// How a program is had that speaks it.
    package var buildHint: String {
        "this program was built without \(trait): build it with `swift build --traits \(trait)`, or its package with"
            + " `deploy/package --with \(rawValue)`"
    }

    /// Those that this program was built with.
    package static var builtIn: Set<Self> { Set(allCases.filter { $0.kind != nil }) }

    /// Nil where this program was built without it.
    var kind: (any ServerKind.Type)? {
        switch self {
        case .mysql:
            #if MySQL
                return MySQLServer.self
            #else
                return nil
            #endif
        case .postgresql:
            #if PostgreSQL
                return PostgreSQLServer.self
            #else
                return nil
            #endif
        }
    }
}
