# csv.pl: the fields of one line of CSV, quotes undone. For the scripts beside it.
use strict;
use warnings;

sub csv_fields {
	my ($line) = @_;
	my @f;
	while ($line =~ /\G(?:"((?:[^"]|"")*)"|([^,\n]*))(,|$)/g) {
		my ($value, $end) = (defined $1 ? $1 : $2, $3);
		$value =~ s/""/"/g;
		push @f, $value;
		last if $end eq '';
	}
	return @f;
}

1;
