package trino

// A Statement is a *Query or one of the types below.
type Statement interface{ Pos() int }

// Statements about statements.
type (
	ExplainStatement struct {
		pos
		Analyze, Verbose bool
		// Format and Type are as given, or empty.
		Format, Type string
		Statement    Statement
	}
	Prepare struct {
		pos
		Name Name
		// Text is the statement's, which has been parsed.
		Text      string
		Statement Statement
	}
	// Execute runs a prepared statement, or with EXECUTE IMMEDIATE the text.
	Execute struct {
		pos
		Name      *Name
		Immediate string
		// Text is where the text of EXECUTE IMMEDIATE begins, its quote left out.
		Text  pos
		Using []Expr
	}
	Deallocate struct {
		pos
		Name Name
	}
	// DescribePrepared is DESCRIBE INPUT or OUTPUT.
	DescribePrepared struct {
		pos
		Input bool
		Name  Name
	}
)

// Statements about tables and views.
type (
	// Show is SHOW Kind: CATALOGS, SCHEMAS, TABLES, VIEWS, COLUMNS, FUNCTIONS, SESSION, or CREATE TABLE and CREATE VIEW;
	// DESCRIBE is COLUMNS.
	Show struct {
		pos
		Kind         string
		In           QName
		Like, Escape *string
		// Regexp is Athena's SHOW TABLES 'regular expression'.
		Regexp *string
		// Formatted is Athena's DESCRIBE FORMATTED.
		Formatted bool
	}
	Property struct {
		pos
		Name  string
		Value Expr
	}
	CreateTableAs struct {
		pos
		Name        QName
		IfNotExists bool
		Replace     bool
		Columns     []Name
		Properties  []Property
		Query       *Query
		NoData      bool
	}
	CreateView struct {
		pos
		Name    QName
		Replace bool
		Comment *string
		// Definer is SECURITY DEFINER.
		Definer bool
		Query   *Query
		// Text is the query's, as it is kept.
		Text string
	}
	Drop struct {
		pos
		// Kind is TABLE or VIEW.
		Kind     string
		Name     QName
		IfExists bool
	}
	// Unload is Athena's UNLOAD (query) TO 'place' WITH (...).
	Unload struct {
		pos
		Query      *Query
		To         string
		Properties []Property
	}
)
