#include "stream/cleanup.h"

#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>
#include <unistd.h>

enum { PLACES = 16 };

/* A signal handler can reach nothing but static memory and lock-free atomics. */
static struct {
	char path[PATH_MAX];
	atomic_bool live;
	bool taken;
} places[PLACES];
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

int cleanup_add(const char *path)
{
	int place = -1;

	if (strlen(path) >= PATH_MAX)
		return -1;
	pthread_mutex_lock(&lock);
	for (int i = 0; i < PLACES && place < 0; i++)
		if (!places[i].taken)
			place = i;
	if (place >= 0) {
		places[place].taken = true;
		strcpy(places[place].path, path);
		atomic_store(&places[place].live, true);
	}
	pthread_mutex_unlock(&lock);
	return place;
}

void cleanup_remove(int place)
{
	if (place < 0)
		return;
	pthread_mutex_lock(&lock);
	atomic_store(&places[place].live, false);
	places[place].taken = false;
	pthread_mutex_unlock(&lock);
}

bool cleanup_has_beside(const char *target)
{
	static const char mark[] = ".so1-";
	size_t n = strlen(target);
	bool found = false;

	pthread_mutex_lock(&lock);
	for (int i = 0; i < PLACES; i++)
		found |= places[i].taken && strncmp(places[i].path, target, n) == 0 &&
			 strncmp(places[i].path + n, mark, sizeof mark - 1) == 0;
	pthread_mutex_unlock(&lock);
	return found;
}

static void on_signal(int number)
{
	for (int i = 0; i < PLACES; i++)
		if (atomic_load(&places[i].live))
			unlink(places[i].path);
	/* The handler was installed with SA_RESETHAND: this now ends the process. */
	raise(number);
}

void cleanup_on_signals(void)
{
	static const int numbers[] = {SIGINT, SIGTERM, SIGHUP};

	for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
		struct sigaction was, now = {.sa_handler = on_signal, .sa_flags = (int)SA_RESETHAND};
		if (sigaction(numbers[i], NULL, &was) < 0 || was.sa_handler == SIG_IGN)
			continue;
		sigemptyset(&now.sa_mask);
		sigaction(numbers[i], &now, NULL);
	}
}
