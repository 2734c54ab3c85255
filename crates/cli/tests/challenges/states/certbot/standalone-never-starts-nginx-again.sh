# nginx is stopped before the renewal, and nobody starts it.
# renewal: works
# nginx: does not answer
# says: renewal-without-reload
rm /etc/letsencrypt/renewal-hooks/deploy/nginx
systemctl stop nginx
certbot certonly --standalone --domain example.com
systemctl start nginx
sed -i '/^\[renewalparams/a pre_hook = systemctl stop nginx' /etc/letsencrypt/renewal/example.com.conf
enable tls
